// How is work of the server begun from a page? A project, a question, its progress, and what the runs before left.
import { useEffect, useState } from "preact/hooks";
import type { Job } from "../api";
import { clock, num } from "../format";
import { may, useData } from "../http";
import { lang, said, words } from "../prefs";
import { Dialog } from "./dialog";
import { FilePick } from "./file-pick";
import { JOB_TONES, JobFiles, Progress, useWork } from "./job";
import { Panel, Tag } from "./panel";
import { Empty, Show } from "./states";
import { Table } from "./table";

export type Use =
  | "dispatch_day"
  | "flexibility_assess"
  | "market_bid"
  | "market_backtest"
  | "settle_month"
  | "vpp_nominate"
  | "vpp_event"
  | "forecast_day"
  | "forecast_backtest"
  | "certificates_issue"
  | "certificates_match"
  | "carbon_report";

/** What a use asks besides its project. */
const ASKS: Partial<Record<Use, "month" | "year" | "day">> = { settle_month: "month", certificates_issue: "month", certificates_match: "month", carbon_report: "year" };
/** Uses that write money or energy into the book: they ask first. */
const BINDS = new Set<Use>(["settle_month", "certificates_issue", "certificates_match"]);

const pathOf = (use: Use): string => `/${use.replace("_", "/")}`;

/** Begin one of these uses, and see what the last ones came to. */
export function Runs({ title, uses, note, onDone }: { title: string; uses: Use[]; note?: string; onDone?: () => void }) {
  const w = words.value.runs;
  const open = uses.filter((use) => may(use));
  const [use, setUse] = useState<Use>(open[0] ?? uses[0] ?? "dispatch_day");
  const [text, setText] = useState("");
  const [when, setWhen] = useState("");
  const [asking, setAsking] = useState(false);
  const work = useWork<unknown>();
  const asks = ASKS[use];
  const name = w.uses[use] ?? use;
  const go = async (): Promise<void> => {
    setAsking(false);
    const options: Record<string, unknown> = { lang: lang.value };
    if (asks) options[asks] = asks === "year" ? Number(when) : when;
    await work.start(pathOf(use), { project: text, options });
  };
  useEffect(() => {
    if (work.job?.state === "done") onDone?.();
  }, [work.job?.state]);
  return (
    <Panel title={title} note={note}>
      <div class="runs">
      <div>
      {open.length === 0 ? (
        <Empty>{words.value.states.mayNot}</Empty>
      ) : (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            if (BINDS.has(use)) setAsking(true);
            else void go();
          }}
        >
          {open.length > 1 && (
            <label class="field">
              <span>{words.value.job.use}</span>
              <select value={use} onChange={(event) => setUse(event.currentTarget.value as Use)}>
                {open.map((one) => <option key={one} value={one}>{w.uses[one]}</option>)}
              </select>
            </label>
          )}
          <FilePick label={w.file} accept=".yaml,.yml" onPick={([file]) => void file?.text().then(setText)} />
          <label class="field">
            <span>{w.project}</span>
            <textarea class="mono" rows={5} required spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          {asks && (
            <label class="field">
              <span>{w[asks]} <em>{asks === "year" ? "2026" : asks === "month" ? "2026-03" : "2026-03-15"}</em></span>
              <input required inputMode="numeric" pattern={asks === "year" ? "20\\d\\d" : asks === "month" ? "20\\d\\d-[01]\\d" : "20\\d\\d-[01]\\d-[0-3]\\d"} value={when} onInput={(event) => setWhen(event.currentTarget.value)} />
            </label>
          )}
          <button type="submit" class="primary" disabled={!text.trim() || work.busy}>{name}</button>
        </form>
      )}
      <Progress of={work} />
      {work.job?.state === "done" && <JobFiles job={work.job} />}
      </div>
      <div>
        <Recent uses={uses} over={work.job?.state ?? ""} />
      </div>
      </div>
      {asking && (
        <Dialog
          title={name}
          onClose={() => setAsking(false)}
          actions={
            <>
              <button type="button" onClick={() => setAsking(false)}>{words.value.cancel}</button>
              <button type="button" class="primary" onClick={() => void go()}>{name}</button>
            </>
          }
        >
          <p class="strip warn">{words.value.approvals.movesMoney}</p>
          <p>{w.confirm}</p>
        </Dialog>
      )}
    </Panel>
  );
}

/** The last jobs of some uses, newest first. */
export function Recent({ uses, over }: { uses: string[]; over: string }) {
  const w = words.value.job;
  const jobs = useData<{ items: Job[] }>("/jobs.json?limit=50", 5_000);
  const [open, setOpen] = useState<string | null>(null);
  useEffect(() => jobs.reload(), [over]);
  return (
    <>
      <h3>{w.recent}</h3>
      <Show of={jobs} rows={2}>
        {({ items }) => {
          const rows = items.filter((job) => uses.includes(job.use)).slice(0, 8);
          const chosen = rows.find((job) => job.id === open);
          return rows.length === 0 ? (
            <Empty>{w.noJobs}</Empty>
          ) : (
            <>
              <Table
                label={w.recent}
                rows={rows}
                id={(row) => row.id}
                columns={[
                  { key: "u", head: w.use, cell: (row) => <button type="button" class="link" aria-expanded={open === row.id} onClick={() => setOpen(open === row.id ? null : row.id)}>{words.value.runs.uses[row.use] ?? row.use.replaceAll("_", " ")}</button> },
                  { key: "s", head: w.state, cell: (row) => <Tag tone={JOB_TONES[row.state] ?? "calm"}>{w[row.state] ?? row.state}</Tag> },
                  { key: "p", head: w.progress, number: true, cell: (row) => `${num(row.done * 100)} %` },
                  { key: "m", head: w.made, wide: true, fixed: true, cell: (row) => clock(row.created_at, "short") },
                ]}
              />
              {chosen && (
                <div class="chosen-job">
                  {said(chosen.message) && <p class="soft">{said(chosen.message)}</p>}
                  {chosen.problem?.detail && <p class="wrong">{chosen.problem.detail}</p>}
                  <JobFiles job={chosen} />
                </div>
              )}
            </>
          );
        }}
      </Show>
    </>
  );
}
