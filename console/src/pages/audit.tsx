// Who did what, and can anybody have changed it afterwards?
import { useState } from "preact/hooks";
import type { AuditPage, AuditRow } from "../api";
import { clock, num } from "../format";
import { get, Refused, useData } from "../http";
import { words } from "../prefs";
import { Figure, Figures, Panel, Tag } from "../parts/panel";
import { Empty, Failed, Show } from "../parts/states";
import { Table } from "../parts/table";

const PAGE = 100;

export function Audit(_: { rest: string }) {
  const w = words.value.audit;
  const page = useData<AuditPage>(`/audit.json?limit=${PAGE}`);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>{(data) => <Shown page={data} />}</Show>
    </>
  );
}

function Shown({ page }: { page: AuditPage }) {
  const w = words.value.audit;
  const [find, setFind] = useState("");
  const [more, setMore] = useState<AuditRow[]>([]);
  const [next, setNext] = useState(page.next);
  const [problem, setProblem] = useState<Refused | null>(null);
  const [number = "", mark = ""] = page.head.split(":");
  const sought = find.trim().toLowerCase();
  const rows = [...page.items, ...more].filter((row) => `${row.who ?? ""} ${row.operation} ${row.subject ?? ""} ${row.outcome}`.toLowerCase().includes(sought));
  const ask = async (): Promise<void> => {
    try {
      const told = await get<AuditPage>(`/audit.json?limit=${PAGE}&cursor=${encodeURIComponent(next ?? "")}`);
      setMore((before) => [...before, ...told.items]);
      setNext(told.next);
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <div class="grid stack">
      <Panel title={w.chain} of={page} actions={<Tag tone={page.verified ? "good" : "bad"}>{page.verified ? w.verified : w.broken}</Tag>}>
        <Figures>
          <Figure label={w.length} value={num(Number(number))} />
          <Figure label={w.checked} value={clock(page.at)} sub={page.zone} />
          <Figure label={w.head} value={`${mark.slice(0, 12)}…`} title={page.head} />
        </Figures>
        {page.problem && <p class="strip bad">{page.problem}</p>}
      </Panel>
      <Panel title={w.record} of={page}>
        <div class="filters">
          <label class="field grow">
            <span>{w.filter}</span>
            <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
          </label>
        </div>
        {rows.length === 0 ? (
          <Empty>{w.none}</Empty>
        ) : (
          <Table
            label={w.record}
            rows={rows}
            id={(row) => row.sequence}
            columns={[
              { key: "n", head: "№", number: true, wide: true, cell: (row) => num(row.sequence) },
              { key: "a", head: w.at, fixed: true, cell: (row) => clock(row.at) },
              { key: "p", head: w.who, cell: (row) => row.who || "–" },
              { key: "v", head: w.via, wide: true, cell: (row) => w.vias[row.via ?? ""] ?? row.via ?? "–" },
              { key: "o", head: w.operation, cell: (row) => <code>{row.operation.split("_").map((part, k) => <>{k > 0 && <>_<wbr /></>}{part}</>)}</code> },
              { key: "s", head: w.subject, wide: true, cell: (row) => <span class="document">{row.subject || "–"}{row.why && <em> {row.why}</em>}{row.approval && <em> {row.approval}</em>}</span> },
              { key: "c", head: w.outcome, cell: (row) => <Tag tone={/refus|denied|fail/.test(row.outcome) ? "bad" : "good"}>{w.outcomes[row.outcome] ?? row.outcome}</Tag> },
              { key: "m", head: w.mark, wide: true, cell: (row) => <code title={row.mark}>{(row.mark ?? "").slice(0, 10)}</code> },
            ]}
          />
        )}
        {next && <button type="button" onClick={() => void ask()}>{words.value.more}</button>}
        {problem && <Failed problem={problem} />}
      </Panel>
    </div>
  );
}
