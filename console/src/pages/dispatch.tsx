// What was planned for the day, and what came of it?
import type { DispatchPage } from "../api";
import { clock, num } from "../format";
import { useData } from "../http";
import { said, words } from "../prefs";
import { axes, Chart } from "../parts/chart";
import { ExampleStrip } from "../parts/marks";
import { Figure, Figures, Panel } from "../parts/panel";
import { Runs } from "../parts/runs";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";
import { Planned } from "./planned";

const ASK_EVERY_MS = 10_000;

export function DispatchDay(_: { rest: string }) {
  const w = words.value.dispatch;
  const page = useData<DispatchPage>("/dispatch/day.json", ASK_EVERY_MS);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>{(data) => (
        <>
          <ExampleStrip of={data} />
          {data.axis.length === 0 ? <section class="panel"><Empty>{w.noPlan}</Empty></section> : <Day page={data} />}
          <Planned page={data} />
        </>
      )}</Show>
      <div class="after"><Runs title={words.value.runs.dispatch} uses={["dispatch_day", "flexibility_assess"]} onDone={page.reload} /></div>
    </>
  );
}

/** Hours of a period, from the first two instants. */
const stepHours = (axis: string[]): number => (axis.length > 1 ? (Date.parse(axis[1] ?? "") - Date.parse(axis[0] ?? "")) / 3.6e6 : 1);
const known = (values: (number | null)[]): number[] => values.filter((v): v is number => v != null);
const mean = (values: number[]): number | null => (values.length ? sum(values) / values.length : null);
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

function Day({ page }: { page: DispatchPage }) {
  const w = words.value.dispatch;
  const hours = stepHours(page.axis);
  const both = page.axis.map((_, k) => [page.plan_mw[k], page.actual_mw[k], page.price_cny_per_mwh[k]] as const).filter((p) => p[0] != null && p[1] != null);
  const off = both.length ? sum(both.map(([a, b]) => Math.abs((a ?? 0) - (b ?? 0)))) / both.length : null;
  const paid = both.length ? sum(both.map(([, b, p]) => (b ?? 0) * (p ?? 0))) / sum(both.map(([, b]) => b ?? 0)) : null;
  const time = page.axis.map((at) => clock(at, "minute"));
  return (
    <>
      <section class="totals" aria-label={w.figures}>
        <Figures>
          <Figure label={w.issued} value={clock(page.issued_at, "short")} sub={page.zone} />
          {page.intraday_at ? <Figure label={w.plannedAnew} value={clock(page.intraday_at, "short")} sub={page.zone} /> : null}
          <Figure label={w.energyPlan} value={num(sum(known(page.plan_mw)) * hours)} unit="MWh" />
          <Figure label={w.meanPlan} value={num(mean(both.map(([a]) => a ?? 0)), 1)} unit="MW" sub={w.ofHours(both.length)} />
          <Figure label={w.meanActual} value={num(mean(both.map(([, b]) => b ?? 0)), 1)} unit="MW" sub={w.ofHours(both.length)} />
          <Figure label={w.deviation} value={num(off, 1)} unit="MW" />
          <Figure label={w.meanPrice} value={num(paid, 1)} unit="CNY/MWh" />
        </Figures>
      </section>
      <div class="grid stack">
        <Panel title={w.power} note={said(page.plan)} of={page}>
          <Chart
            label={w.power}
            height={300}
            on={[page]}
            options={(c) => {
              const a = axes(c);
              return {
                grid: a.grid, legend: a.legend, tooltip: a.tooltip,
                xAxis: { type: "category", data: time, ...a.x },
                yAxis: { type: "value", name: "MW", scale: true, ...a.y },
                series: [
                  { name: w.plan, type: "line", step: "end", data: page.plan_mw, symbol: "none", lineStyle: { color: c.plan, width: 1.5, type: "dashed" }, itemStyle: { color: c.plan } },
                  ...(page.intraday_at ? [{ name: w.nextHours, type: "line" as const, step: "end" as const, data: page.intraday_mw ?? [], symbol: "none", lineStyle: { color: c.price, width: 2 }, itemStyle: { color: c.price } }] : []),
                  { name: w.actual, type: "line", step: "end", data: page.actual_mw, symbol: "circle", symbolSize: 6, lineStyle: { color: c.draw, width: 2 }, itemStyle: { color: c.draw } },
                ],
              };
            }}
            table={<Values page={page} />}
          />
        </Panel>
        <div class="grid two">
          <Panel title={w.price} of={page}>
            <Line label={w.price} unit="CNY/MWh" time={time} values={page.price_cny_per_mwh} colour="price" page={page} />
          </Panel>
          <Panel title={w.carbon} of={page}>
            <Line label={w.carbon} unit="t/MWh" time={time} values={page.carbon_t_per_mwh} colour="carbon" page={page} digits={3} />
          </Panel>
        </div>
      </div>
    </>
  );
}

interface LineProps {
  label: string;
  unit: string;
  time: string[];
  values: (number | null)[];
  colour: "price" | "carbon";
  page: DispatchPage;
  digits?: number;
}

function Line({ label, unit, time, values, colour, page, digits = 1 }: LineProps) {
  return (
    <Chart
      label={label}
      height={200}
      on={[values]}
      options={(c) => {
        const a = axes(c);
        return {
          grid: a.grid, tooltip: a.tooltip,
          xAxis: { type: "category", data: time, ...a.x },
          yAxis: { type: "value", name: unit, scale: true, ...a.y },
          series: [{ name: `${label} (${unit})`, type: "line", step: "end", data: values, symbol: "none", lineStyle: { color: c[colour], width: 1.5 }, itemStyle: { color: c[colour] }, areaStyle: { color: c[colour], opacity: 0.08 } }],
        };
      }}
      table={
        <Table
          label={label}
          tall
          rows={page.axis.map((at, k) => ({ at, k }))}
          columns={[
            { key: "a", head: words.value.dispatch.time, fixed: true, cell: (row) => clock(row.at, "short") },
            { key: "v", head: label, unit, number: true, cell: (row) => num(values[row.k], digits) },
          ]}
        />
      }
    />
  );
}

function Values({ page }: { page: DispatchPage }) {
  const w = words.value.dispatch;
  return (
    <Table
      label={w.power}
      tall
      rows={page.axis.map((at, k) => ({ at, k }))}
      columns={[
        { key: "a", head: w.time, unit: page.zone, fixed: true, cell: (row) => clock(row.at, "short") },
        { key: "p", head: w.plan, unit: "MW", number: true, cell: (row) => num(page.plan_mw[row.k], 1) },
        ...(page.intraday_at ? [{ key: "i", head: w.nextHours, unit: "MW", number: true, cell: (row: { k: number }) => num(page.intraday_mw?.[row.k], 1) }] : []),
        { key: "b", head: w.actual, unit: "MW", number: true, cell: (row) => num(page.actual_mw[row.k], 1) },
        { key: "g", head: w.greenShare, unit: "%", number: true, cell: (row) => num((page.green_share[row.k] ?? NaN) * 100, 1) },
      ]}
    />
  );
}
