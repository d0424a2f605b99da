// What did the newest dispatch file plan, beside running all work as it comes?
import type { DispatchPage } from "../api";
import { clock, num, percent } from "../format";
import { words } from "../prefs";
import { axes, Chart } from "../parts/chart";
import { From, NotesOf, NotYet } from "../parts/marks";
import { Figure, Figures, Panel } from "../parts/panel";
import { Table } from "../parts/table";

const USE = "dispatch_day";

/** The newest planned day of a file; what to do where there is none yet. */
export function Planned({ page }: { page: DispatchPage }) {
  const w = words.value.dispatch;
  const { planned } = page;
  if (!planned) {
    if (!page.empty?.[USE]) return null;
    return <Panel title={w.planned} class="after"><NotYet of={page} use={USE} /></Panel>;
  }
  const f = planned.figures;
  const label = `${w.planned}${words.value.colon}${planned.name}`;
  const over = (planned.axis.length > 25);
  const time = planned.axis.map((at) => clock(at, over ? "short" : "minute"));
  return (
    <Panel title={label} class="after" note={w.plannedNote(planned.name, clock(planned.axis[0], "short"), clock(planned.axis.at(-1), "short"))} of={{ at: planned.from.made_at, zone: page.zone }} actions={<From mark={planned.from} />}>
      <Figures>
        <Figure label={w.jobs} value={num(f["jobs"])} />
        <Figure label={w.sites} value={num(f["sites"])} />
        <Figure label={w.planCost} value={num(f["plan_cny"])} unit="CNY" />
        <Figure label={w.atOnceCost} value={num(f["at_once_cny"])} unit="CNY" />
        <Figure label={w.saved} value={num(f["saved_cny"])} unit="CNY" sub={w.savedOf(percent(f["saved_share"]))} />
        <Figure label={w.moved} value={num(f["moved_mwh"], 1)} unit="MWh" />
        <Figure label={w.misses} value={num(f["deadline_misses"])} tone={f["deadline_misses"] ? "bad" : undefined} />
      </Figures>
      <Chart
        label={label}
        height={260}
        on={[planned]}
        options={(c) => {
          const a = axes(c);
          return {
            grid: { ...a.grid, right: 40 }, legend: a.legend, tooltip: a.tooltip,
            xAxis: { type: "category", data: time, ...a.x },
            yAxis: { type: "value", name: "MW", scale: true, ...a.y },
            series: [
              { name: w.atOnce, type: "line", step: "end", data: planned.at_once_mw, symbol: "none", lineStyle: { color: c.plan, width: 1.5, type: "dashed" }, itemStyle: { color: c.plan } },
              { name: w.plan, type: "line", step: "end", data: planned.plan_mw, symbol: "none", lineStyle: { color: c.draw, width: 2 }, itemStyle: { color: c.draw } },
            ],
          };
        }}
        table={
          <Table
            label={label}
            tall
            rows={planned.axis.map((at, k) => ({ at, k }))}
            columns={[
              { key: "a", head: w.time, unit: page.zone, fixed: true, cell: (row) => clock(row.at, "short") },
              { key: "p", head: w.plan, unit: "MW", number: true, cell: (row) => num(planned.plan_mw[row.k], 2) },
              { key: "o", head: w.atOnce, unit: "MW", number: true, cell: (row) => num(planned.at_once_mw[row.k], 2) },
              { key: "c", head: w.price, unit: "CNY/MWh", number: true, wide: true, cell: (row) => num(planned.price_cny_per_mwh[row.k], 2) },
              { key: "g", head: w.carbon, unit: "t/MWh", number: true, wide: true, cell: (row) => num(planned.carbon_t_per_mwh[row.k], 4) },
            ]}
          />
        }
      />
      <NotesOf of={page} uses={[USE]} />
    </Panel>
  );
}
