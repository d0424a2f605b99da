// One site: load by class, battery, PUE, limits, jobs, and its series as they come in.
import { useEffect, useState } from "preact/hooks";
import type { Dense, SitePage } from "../api";
import { clock, num, percent } from "../format";
import { useData } from "../http";
import { frame } from "../live";
import { said, termOr, words } from "../prefs";
import { Link } from "../router";
import { Figure, Figures, Meter, Panel, Tag } from "../parts/panel";
import { Series } from "../parts/series";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";
import { approver, useNames } from "../parts/names";
import { siteTone } from "./sites";

const fieldName = (field: string): string => words.value.sites.fields[field] ?? termOr(field);

export const className = (key: string): string => words.value.sites.classes[key] ?? termOr(key);

const ASK_EVERY_MS = 2_000;
const WINDOWS = { m15: 900, h1: 3_600, h6: 21_600, h24: 86_400 } as const;

export function Site({ id }: { id: string }) {
  const w = words.value.sites;
  const page = useData<SitePage>(`/sites/${encodeURIComponent(id)}.json`, ASK_EVERY_MS);
  return (
    <>
      <p class="lead">
        <Link to="/sites">← {w.back}</Link>
      </p>
      <Show of={page} rows={8}>
        {(data) => <Shown site={data} />}
      </Show>
    </>
  );
}

function Shown({ site }: { site: SitePage }) {
  const w = words.value.sites;
  const names = useNames();
  const share = site.it_mw != null && site.limit_mw ? site.it_mw / site.limit_mw : null;
  return (
    <>
      <div class="site-title">
        <h2>{said(site.name) || site.id}</h2>
        <Tag tone={siteTone(site.state)}>{w.state[site.state] ?? site.state}</Tag>
        <span class="soft">
          {names.get(site.province) ?? site.province} · {said(site.name) && said(site.name) !== site.id ? `${site.id} · ` : ""}{w.policies[site.policy] ?? site.policy}
        </span>
      </div>
      <section class="totals" aria-label={w.name}>
        <Figures>
          <Figure label={w.draw} value={num(site.draw_mw, 2)} unit="MW" />
          <Figure label={termOr("it_mw")} value={num(site.it_mw, 2)} unit="MW" sub={share == null ? undefined : `${w.ofLimit} ${percent(share, 0)}`} />
          <Figure label={w.pue} value={num(site.pue, 3)} />
          {site.battery_full_mwh ? (
            <Figure label={w.battery} value={num(site.battery_mwh, 1)} unit={`/ ${num(site.battery_full_mwh, 1)} MWh`} sub={site.battery_mw == null ? undefined : w.upTo(num(site.battery_mw, 2))} />
          ) : (
            <Figure label={w.battery} value="–" sub={w.noBattery} />
          )}
          {site.jobs_running != null && <Figure label={`${w.jobs}: ${w.running}`} value={num(site.jobs_running)} sub={`${w.waiting} ${num(site.jobs_waiting)}`} />}
          <Figure label={w.waitingWork} value={num(site.waiting_it_mwh, 1)} unit="MWh" />
        </Figures>
      </section>
      <div class="grid site">
        <LiveSeries site={site} />
        <Panel title={w.byClass} of={site}>
          <Table
            label={w.byClass}
            rows={site.classes}
            id={(row) => row.class}
            columns={[
              { key: "c", head: w.class, cell: (row) => className(row.class) },
              { key: "s", head: w.served, unit: "MW", number: true, cell: (row) => num(row.it_mw, 2) },
              { key: "w", head: w.wanted, unit: "MW", number: true, cell: (row) => num(row.wanted_it_mw, 2) },
              {
                key: "m",
                head: "%",
                number: true,
                wide: true,
                cell: (row) => <span class="with-meter"><Meter share={row.wanted_it_mw ? (row.it_mw ?? 0) / row.wanted_it_mw : 0} />{row.wanted_it_mw ? num(((row.it_mw ?? 0) / row.wanted_it_mw) * 100) : "–"}</span>,
              },
            ]}
          />
        </Panel>
        {site.waiting && (
          <Panel title={w.jobsKnown} note={said(site.jobs_are)} of={site}>
            <Table
              label={w.jobsKnown}
              rows={site.waiting}
              id={(row) => row.class}
              columns={[
                { key: "c", head: w.class, cell: (row) => className(row.class) },
                { key: "e", head: w.waitingWork, unit: "MWh", number: true, cell: (row) => num(row.it_mwh, 2) },
                { key: "h", head: w.mayWait, unit: "h", number: true, cell: (row) => num(row.may_wait_h) },
              ]}
            />
            <p class="soft table-note">{w.mayWaitNote}</p>
          </Panel>
        )}
        <Panel title={w.limits} of={site}>
          <Table
            label={w.limits}
            rows={site.limits}
            columns={[
              { key: "n", head: w.limit, cell: (row) => said(row.name) },
              { key: "v", head: w.value, number: true, cell: (row) => (typeof row.value === "number" ? num(row.value, 2) : (row.value ?? "–")) },
              { key: "u", head: words.value.unit, cell: (row) => row.unit },
              { key: "s", head: words.value.source, wide: true, cell: (row) => said(row.source) },
            ]}
          />
        </Panel>
        {site.quality && <Quality rows={site.quality} site={site} />}
        <Panel title={w.commands} of={site}>
          {site.commands.length === 0 ? (
            <Empty>{w.noCommands}</Empty>
          ) : (
            <Table
              label={w.commands}
              tall
              rows={site.commands}
              id={(row) => row.id}
              columns={[
                { key: "a", head: words.value.audit.at, fixed: true, cell: (row) => clock(row.at, "short") },
                { key: "w", head: words.value.approvals.what, cell: (row) => said(row.what) },
                { key: "b", head: w.approvedBy, cell: (row) => approver(row.approved_by) },
                { key: "s", head: w.stateLabel, cell: (row) => w.commandState[row.state] ?? row.state },
              ]}
            />
          )}
        </Panel>
      </div>
    </>
  );
}

/** What was sent of each point, and what counts in its place where it is not believed. */
function Quality({ rows, site }: { rows: NonNullable<SitePage["quality"]>; site: SitePage }) {
  const w = words.value.sites;
  return (
    <Panel title={w.quality} of={site}>
      <Table
        label={w.quality}
        rows={rows}
        id={(row) => row.field}
        columns={[
          { key: "f", head: w.field, cell: (row) => <>{fieldName(row.field)} <span class="soft">{row.field.includes("_mwh") ? "MWh" : "MW"}</span></> },
          { key: "s", head: w.told, number: true, cell: (row) => num(row.sent, 2) },
          { key: "u", head: w.counts, number: true, cell: (row) => num(row.used, 2) },
          { key: "i", head: w.countsAs, wide: true, cell: (row) => w.usedIs[row.used_is] ?? row.used_is },
          { key: "v", head: w.stateLabel, cell: (row) => <Tag tone={siteTone(row.verdict)}>{said(row.text)}</Tag> },
          { key: "a", head: words.value.audit.at, wide: true, fixed: true, cell: (row) => clock(row.sent_at, "time") },
        ]}
      />
    </Panel>
  );
}

function LiveSeries({ site }: { site: SitePage }) {
  const w = words.value.sites;
  const [field, setField] = useState(site.series[0] ?? "draw_mw");
  const [length, setLength] = useState<keyof typeof WINDOWS>("h1");
  const [span, setSpan] = useState<{ from: string; to: string } | null>(null);
  useEffect(() => {
    const look = (): void => {
      const to = new Date(frame.peek()?.at ?? site.at);
      setSpan({ from: new Date(to.getTime() - WINDOWS[length] * 1000).toISOString(), to: to.toISOString() });
    };
    look();
    const timer = setInterval(look, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [length, field]);
  const ask = span && `/telemetry/${encodeURIComponent(site.id)}.json?field=${encodeURIComponent(field)}&from=${encodeURIComponent(span.from)}&to=${encodeURIComponent(span.to)}`;
  const dense = useData<Dense>(ask);
  const [kept, keep] = useState<Dense | null>(null);
  useEffect(() => {
    if (dense.data) keep(dense.data);
  }, [dense.data]);
  const choices = (
    <>
      <label class="field inline">
        <span class="unseen">{w.field}</span>
        <select value={field} onChange={(event) => setField(event.currentTarget.value)}>
          {site.series.map((key) => <option key={key} value={key}>{fieldName(key)}</option>)}
        </select>
      </label>
      <div class="segments" role="group" aria-label={w.window}>
        {(Object.keys(WINDOWS) as (keyof typeof WINDOWS)[]).map((key) => (
          <button key={key} type="button" aria-pressed={length === key} onClick={() => setLength(key)}>{w.windows[key]}</button>
        ))}
      </div>
    </>
  );
  return (
    <Panel title={w.series} class="span" of={kept ?? site} actions={choices}>
      {kept && kept.field === field ? kept.at_s.length ? <Series label={fieldName(field)} of={kept} /> : <Empty>{words.value.states.empty}</Empty> : <Show of={dense} rows={4}>{() => null}</Show>}
    </Panel>
  );
}
