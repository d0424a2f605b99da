// What binds in a territory, and where does it stand written?
import { useState } from "preact/hooks";
import type { Fact, Page, TerritoryPage, TerritoryRow } from "../api";
import { num } from "../format";
import { useData } from "../http";
import { lang, term, words } from "../prefs";
import { Link } from "../router";
import type { Tone } from "../parts/panel";
import { Caption, Panel, Tag } from "../parts/panel";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";

const nameOf = (row: { name_en: string; name_zh: string }): string => (lang.value === "zh" ? row.name_zh : row.name_en);

export function Rules({ rest }: { rest: string }) {
  return rest ? <Territory key={rest} territory={decodeURIComponent(rest)} /> : <List />;
}

function List() {
  const w = words.value.rules;
  const page = useData<Page<TerritoryRow>>("/rules.json?limit=100");
  const [find, setFind] = useState("");
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => {
          const sought = find.trim().toLowerCase();
          const rows = data.items.filter((row) => `${row.territory} ${row.name_en} ${row.name_zh}`.toLowerCase().includes(sought));
          return (
            <section class="panel">
              <div class="filters">
                <label class="field grow">
                  <span>{w.filter}</span>
                  <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
                </label>
              </div>
              <ul class="tiles">
                {rows.map((row) => (
                  <li key={row.territory}>
                    <Link to={`/rules/${row.territory}`}>
                      <strong>{nameOf(row)}</strong>
                      <span class="soft">{lang.value === "zh" ? row.name_en : row.name_zh} · {w.tiers} {num(row.tiers)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
              {rows.length === 0 && <Empty>{words.value.alarms.noneHere}</Empty>}
              <Caption of={data} />
            </section>
          );
        }}
      </Show>
    </>
  );
}

const TONES: Record<string, Tone> = { verified: "good", "verified-primary": "good", official: "good", "verified-one-copy": "good", high: "good", secondary: "info", medium: "info" };

function Territory({ territory }: { territory: string }) {
  const w = words.value.rules;
  const page = useData<TerritoryPage>(`/rules/${encodeURIComponent(territory)}.json?limit=1000`);
  const list = useData<Page<TerritoryRow>>("/rules.json?limit=100");
  const row = list.data?.items.find((one) => one.territory === territory);
  const [find, setFind] = useState("");
  return (
    <>
      <p class="lead">
        <Link to="/rules">← {w.back}</Link>
      </p>
      <Show of={page}>
        {(data) => {
          const sought = find.trim().toLowerCase();
          const rows = data.items.filter((row) => `${row.fact} ${row.name_en} ${row.name_zh} ${row.document} ${row.tier}`.toLowerCase().includes(sought));
          return (
            <Panel title={row ? nameOf(row) : territory} note={w.count(num(rows.length))} of={data}>
              <div class="filters">
                <label class="field grow">
                  <span>{w.factFilter}</span>
                  <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
                </label>
              </div>
              <Facts rows={rows} />
            </Panel>
          );
        }}
      </Show>
    </>
  );
}

function Facts({ rows }: { rows: Fact[] }) {
  const w = words.value.rules;
  return (
    <Table
      label={w.facts}
      rows={rows}
      columns={[
        { key: "f", head: w.fact, cell: (row) => <span class="fact-name">{nameOf(row)}</span> },
        { key: "t", head: w.tier, wide: true, cell: (row) => row.tier || "–" },
        { key: "v", head: w.value, number: true, cell: (row) => (row.value == null || row.value === "" ? w.toConfirm : /^(true|false)$/i.test(String(row.value)) ? (/^true$/i.test(String(row.value)) ? words.value.yes : words.value.no) : <span class={String(row.value).length > 16 ? "fact-value" : undefined}>{String(row.value).split(", ").map((one) => w.values[one] ?? one).join(", ")}{row.unit && row.unit !== "1" && <span class="phone-only"> {row.unit}</span>}</span>) },
        { key: "u", head: words.value.unit, wide: true, cell: (row) => row.unit },
        { key: "d", head: w.document, wide: true, cell: (row) => <span class="document">{row.document}{row.note && <em> {row.note}</em>}</span> },
        { key: "i", head: w.inForce, wide: true, fixed: true, cell: (row) => row.in_force || "–" },
        { key: "c", head: term("confidence"), cell: (row) => <Tag tone={TONES[row.confidence] ?? "warn"}>{w.confidence[row.confidence] ?? row.confidence}</Tag> },
      ]}
    />
  );
}
