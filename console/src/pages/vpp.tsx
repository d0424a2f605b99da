// What can the pool give, what was asked of it, what did it deliver?
import { useEffect, useState } from "preact/hooks";
import type { VppEvent, VppPage } from "../api";
import { clock, num, offset, percent, withOffset } from "../format";
import { may, post, Refused, useData } from "../http";
import { frame, notices } from "../live";
import { said, words } from "../prefs";
import { announce } from "../parts/announce";
import { approvalsOpen } from "../parts/approvals";
import { axes, Chart } from "../parts/chart";
import type { Tone } from "../parts/panel";
import { ExampleStrip, From, NotesOf, NotYet } from "../parts/marks";
import { Figure, Figures, Panel, Tag } from "../parts/panel";
import { Empty, Failed, Show } from "../parts/states";
import { Runs } from "../parts/runs";
import { Table } from "../parts/table";
import { approver, useNames } from "../parts/names";
import { Worth } from "./worth";

const ASK_EVERY_MS = 4_000;
const TONES: Record<string, Tone> = { proposed: "warn", ready: "info", offered: "info", waiting: "warn", planned: "info", approved: "info", running: "info", done: "good", settled: "good", rejected: "bad", refused: "bad", cancelled: "calm" };

export function Vpp(_: { rest: string }) {
  const w = words.value.vpp;
  const page = useData<VppPage>("/vpp.json", ASK_EVERY_MS);
  const waiting = frame.value?.proposals.waiting;
  useEffect(() => page.reload(), [notices.value, waiting]);
  const names = useNames();
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => (
          <>
            <ExampleStrip of={data} />
            <div class="grid vpp">
              <Pool page={data} names={names} />
              <Ask page={data} names={names} reload={page.reload} />
              <Events page={data} names={names} />
            </div>
          </>
        )}
      </Show>
      <div class="after"><Runs title={words.value.runs.vpp} uses={["vpp_nominate", "vpp_event"]} onDone={page.reload} /></div>
    </>
  );
}

function Pool({ page, names }: { page: VppPage; names: Map<string, string> }) {
  const w = words.value.vpp;
  const sum = (of: (row: VppPage["pool"][number]) => number): number => page.pool.reduce((all, row) => all + of(row), 0);
  return (
    <Panel title={w.pool} of={page}>
      <Figures label={w.total}>
        <Figure label={w.down} value={num(sum((row) => row.down_mw))} unit="MW" />
        <Figure label={w.up} value={num(sum((row) => row.up_mw))} unit="MW" />
        <Figure label={w.sites} value={num(sum((row) => row.sites))} />
      </Figures>
      <Table
        label={w.pool}
        rows={page.pool}
        id={(row) => row.territory}
        columns={[
          { key: "t", head: w.territory, cell: (row) => names.get(row.territory) ?? row.territory },
          { key: "d", head: w.down, unit: "MW", number: true, cell: (row) => num(row.down_mw, 1) },
          { key: "u", head: w.up, unit: "MW", number: true, cell: (row) => num(row.up_mw, 1) },
          { key: "p", head: w.draw, unit: "MW", number: true, wide: true, cell: (row) => num(row.draw_mw, 1) },
          { key: "n", head: w.notice, unit: "min", number: true, wide: true, cell: (row) => num(row.notice_minutes) },
          { key: "s", head: w.sites, number: true, wide: true, cell: (row) => num(row.sites) },
        ]}
      />
    </Panel>
  );
}

const QUARTER_S = 900;

/** The next quarter of an hour that leaves a little time, as a local wall clock of the room. */
function nextStart(at: string): string {
  const shift = offset(at);
  const found = /^([+-])(\d{2}):(\d{2})$/.exec(shift);
  const ahead = found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 3600 + Number(found[3]) * 60) : 0;
  const next = (Math.floor(Date.parse(at) / 1000 / QUARTER_S) + 2) * QUARTER_S;
  return new Date((next + ahead) * 1000).toISOString().slice(0, 16);
}

function Ask({ page, names, reload }: { page: VppPage; names: Map<string, string>; reload: () => void }) {
  const w = words.value.vpp;
  const [territory, setTerritory] = useState(page.pool[0]?.territory ?? "");
  const [down, setDown] = useState("20");
  const [hours, setHours] = useState("1");
  const [start, setStart] = useState(() => nextStart(frame.peek()?.at ?? page.at));
  const [problem, setProblem] = useState<Refused | null>(null);
  const [made, setMade] = useState(false);
  const most = page.pool.find((row) => row.territory === territory)?.down_mw;
  const at = frame.value?.at ?? page.at;
  const ask = async (): Promise<void> => {
    setProblem(null);
    setMade(false);
    try {
      await post("/vpp/call", { territory, down_mw: Number(down), start: withOffset(start, offset(at)), hours: Number(hours) });
      setMade(true);
      announce(w.made);
      reload();
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <Panel title={w.run} note={w.runNote}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <label class="field">
          <span>{w.territory}</span>
          <select value={territory} onChange={(event) => setTerritory(event.currentTarget.value)}>
            {page.pool.map((row) => <option key={row.territory} value={row.territory}>{names.get(row.territory) ?? row.territory}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{w.downMw} <em>MW</em></span>
          <input type="number" inputMode="decimal" min="0.1" step="any" required value={down} onInput={(event) => setDown(event.currentTarget.value)} />
        </label>
        {most != null && <p class="soft">{w.most(num(most, 1))}</p>}
        <label class="field">
          <span>{w.start} <em>{page.zone} {offset(at)}</em></span>
          <input type="datetime-local" required value={start} onInput={(event) => setStart(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{w.hours} <em>h</em></span>
          <input type="number" inputMode="decimal" min="0.25" max="24" step="0.25" required value={hours} onInput={(event) => setHours(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={!may("vpp_call")}>{w.ask}</button>
        {!may("vpp_call") && <p class="soft">{words.value.states.mayNot}</p>}
      </form>
      {made && (
        <p class="strip good">
          {w.made}{" "}
          <button type="button" onClick={() => (approvalsOpen.value = true)}>{words.value.approvals.open}</button>
        </p>
      )}
      {problem && <Failed problem={problem} />}
    </Panel>
  );
}

function Events({ page, names }: { page: VppPage; names: Map<string, string> }) {
  const w = words.value.vpp;
  const [chosen, choose] = useState<string | null>(null);
  const event = page.events.find((one) => one.id === chosen) ?? page.events.find((one) => one.axis?.length) ?? page.events[0];
  return (
    <Panel title={w.events} class="span" note={said(page.baseline)} of={page}>
      {page.events.length === 0 ? (
        <>
          <Empty>{w.noEvents}</Empty>
          <NotYet of={page} use="vpp_event" />
        </>
      ) : (
        <>
          <Table
            label={w.events}
            rows={page.events}
            id={(row) => row.id}
            columns={[
              { key: "s", head: w.start, fixed: true, cell: (row) => <button type="button" class="link" aria-pressed={event?.id === row.id} onClick={() => choose(row.id)}>{clock(row.start, "short")}</button> },
              { key: "t", head: w.territory, cell: (row) => <>{names.get(row.territory) ?? row.territory} {row.from && <From mark={row.from} />}</> },
              { key: "z", head: words.value.sites.stateLabel, cell: (row) => <Tag tone={TONES[row.state] ?? "calm"}>{w.states[row.state] ?? row.state}</Tag> },
              { key: "h", head: w.hours, unit: "h", number: true, wide: true, cell: (row) => num(row.hours, 2) },
              { key: "a", head: w.asked, unit: "MW", number: true, cell: (row) => num(row.asked_down_mw, 1) },
              { key: "d", head: w.delivered, unit: "MW", number: true, cell: (row) => num(row.delivered_mw, 1) },
              { key: "r", head: w.share, number: true, wide: true, cell: (row) => percent(row.delivered_share, 0) },
              { key: "p", head: w.pay, unit: "CNY", number: true, wide: true, cell: (row) => num(row.pay_cny) },
              { key: "b", head: w.approvedBy, wide: true, cell: (row) => approver(row.approved_by) },
            ]}
          />
          {event && event.axis?.length > 0 && <Curve event={event} />}
          {event && <Worth event={event} />}
          <NotesOf of={page} uses={["vpp_event"]} />
          <NotYet of={page} use="vpp_event" />
        </>
      )}
    </Panel>
  );
}

function Curve({ event }: { event: VppEvent }) {
  const w = words.value.vpp;
  const label = `${w.curve}, ${clock(event.start)}`;
  return (
    <>
      <h3>{label}</h3>
      <Chart
        label={label}
        on={[event]}
        options={(c) => {
          const a = axes(c);
          return {
            grid: a.grid,
            legend: a.legend,
            tooltip: a.tooltip,
            xAxis: { type: "category", data: event.axis.map((at) => clock(at, "minute")), ...a.x },
            yAxis: { type: "value", name: "MW", scale: true, ...a.y },
            series: [
              { name: w.baseline, type: "line", data: event.baseline_mw, symbol: "none", lineStyle: { color: c.plan, type: "dashed", width: 1.5 }, itemStyle: { color: c.plan } },
              { name: w.actual, type: "line", data: event.actual_mw, symbol: "none", lineStyle: { color: c.draw, width: 2 }, itemStyle: { color: c.draw } },
            ],
          };
        }}
        table={
          <Table
            label={label}
            tall
            rows={event.axis.map((at, k) => ({ at, k }))}
            columns={[
              { key: "a", head: words.value.dispatch.time, fixed: true, cell: (row) => clock(row.at, "short") },
              { key: "b", head: w.baseline, unit: "MW", number: true, cell: (row) => num(event.baseline_mw[row.k], 2) },
              { key: "c", head: w.actual, unit: "MW", number: true, cell: (row) => num(event.actual_mw[row.k], 2) },
            ]}
          />
        }
      />
    </>
  );
}
