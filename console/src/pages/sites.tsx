// How does each site do? A thousand rows that change, and one page for each.
import { useEffect, useState } from "preact/hooks";
import type { SiteRow, SitesPage } from "../api";
import { num } from "../format";
import { useData } from "../http";
import { frame } from "../live";
import { said, term, words } from "../prefs";
import { Link } from "../router";
import type { Tone } from "../parts/panel";
import { Caption, Figure, Figures, Tag } from "../parts/panel";
import { useNames } from "../parts/names";
import { Empty, Show } from "../parts/states";
import { VirtualTable } from "../parts/table";
import { className, Site } from "./site";

const ASK_EVERY_MS = 3_000;

const TONES: Record<string, Tone> = { live: "good", good: "good", ok: "good", stale: "warn", stuck: "bad", out_of_range: "bad", clock_ahead: "warn", doubtful: "warn", impossible: "bad", offline: "bad", tripped: "bad" };
export const siteTone = (state: string): Tone => TONES[state] ?? "calm";

export function Sites({ rest }: { rest: string }) {
  return rest ? <Site key={rest} id={decodeURIComponent(rest)} /> : <List />;
}

function List() {
  const w = words.value.sites;
  const page = useData<SitesPage>("/sites.json?limit=1000", ASK_EVERY_MS);
  const names = useNames();
  const [find, setFind] = useState("");
  const [province, setProvince] = useState("");
  const [state, setState] = useState("");
  // A new tick with an alarm asks at once; otherwise the list follows at its own pace.
  const open = frame.value?.alarms.open;
  useEffect(() => page.reload(), [open]);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page} rows={10}>
        {(data) => {
          const sought = find.trim().toLowerCase();
          const rows = data.items.filter(
            (row) =>
              (!province || row.province === province) &&
              (!state || row.state === state) &&
              (!sought || `${row.id} ${said(row.name)} ${row.province} ${names.get(row.province) ?? ""}`.toLowerCase().includes(sought)),
          );
          const states = [...new Set(data.items.map((row) => row.state))].sort();
          const provinces = [...new Set(data.items.map((row) => row.province))].sort();
          return (
            <>
            <WaitingOfAll of={data} />
            <section class="panel">
              <div class="filters">
                <label class="field grow">
                  <span>{w.filter}</span>
                  <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
                </label>
                <label class="field">
                  <span>{w.province}</span>
                  <select value={province} onChange={(event) => setProvince(event.currentTarget.value)}>
                    <option value="">{words.value.all}</option>
                    {provinces.map((key) => <option key={key} value={key}>{names.get(key) ?? key}</option>)}
                  </select>
                </label>
                <label class="field">
                  <span>{w.stateLabel}</span>
                  <select value={state} onChange={(event) => setState(event.currentTarget.value)}>
                    <option value="">{words.value.all}</option>
                    {states.map((key) => <option key={key} value={key}>{w.state[key] ?? key}</option>)}
                  </select>
                </label>
                <p class="count-line" role="status">{w.count(num(rows.length), num(data.items.length))}</p>
              </div>
              {rows.length === 0 ? <Empty>{w.noSite}</Empty> : <SiteTable rows={rows} names={names} />}
              <Caption of={data} />
            </section>
            </>
          );
        }}
      </Show>
    </>
  );
}

/** What waits at all sites together, by class. */
function WaitingOfAll({ of }: { of: SitesPage }) {
  const w = words.value.sites;
  if (!of.waiting?.length) return null;
  return (
    <section class="totals" aria-label={w.ofAll}>
      <Figures>
        {of.waiting.map((row) => <Figure key={row.class} label={`${w.ofAll}${words.value.colon}${className(row.class)}`} value={num(row.it_mwh, 1)} unit="MWh" sub={w.mayWaitHours(num(row.may_wait_h))} />)}
        <div class="figure words"><dt>{w.jobs}</dt><dd class="soft">{said(of.jobs_are)}</dd></div>
      </Figures>
    </section>
  );
}

function SiteTable({ rows, names }: { rows: SiteRow[]; names: Map<string, string> }) {
  const w = words.value.sites;
  return (
    <VirtualTable
      label={w.lead}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: "n", head: w.name, cell: (row) => <Link to={`/sites/${encodeURIComponent(row.id)}`}>{said(row.name) || row.id}</Link> },
        { key: "s", head: w.stateLabel, cell: (row) => <Tag tone={siteTone(row.state)}>{w.state[row.state] ?? row.state}</Tag> },
        { key: "p", head: w.province, wide: true, cell: (row) => names.get(row.province) ?? row.province },
        { key: "d", head: w.draw, unit: "MW", number: true, cell: (row) => num(row.draw_mw, 2) },
        { key: "i", head: term("it_mw"), unit: "MW", number: true, wide: true, cell: (row) => num(row.it_mw, 2) },
        {
          key: "l",
          head: w.ofLimit,
          unit: "%",
          number: true,
          cell: (row) => {
            const share = row.it_mw != null && row.limit_mw ? row.it_mw / row.limit_mw : null;
            return <span class={share != null && share > 1.005 ? "over" : ""}>{num(share == null ? null : share * 100, 0)}</span>;
          },
        },
        { key: "u", head: w.pue, number: true, wide: true, cell: (row) => num(row.pue, 3) },
        {
          key: "b",
          head: w.battery,
          unit: "MWh",
          number: true,
          wide: true,
          cell: (row) => (row.battery_full_mwh ? `${num(row.battery_mwh, 1)} / ${num(row.battery_full_mwh, 1)}` : "–"),
        },
        ...(rows.some((row) => row.jobs_running != null) ? [{ key: "j", head: w.running, number: true, wide: true, cell: (row: SiteRow) => num(row.jobs_running) }] : []),
        { key: "w", head: w.waitingWork, unit: "MWh", number: true, wide: true, cell: (row) => num(row.waiting_it_mwh, 1) },
      ]}
    />
  );
}
