// What is expected, how sure is it, and which model has earned trust?
import { useState } from "preact/hooks";
import type { BoardRow, Fan, ForecastsPage } from "../api";
import { clock, num, offset, percent, wall } from "../format";
import { useData } from "../http";
import { said, term, termOr, words } from "../prefs";
import { axes, Chart } from "../parts/chart";
import { ExampleStrip, From, NotesOf, NotYet } from "../parts/marks";
import { faint } from "../parts/palette";
import { Panel } from "../parts/panel";
import { Runs } from "../parts/runs";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";

export function Forecasts(_: { rest: string }) {
  const w = words.value.forecasts;
  const page = useData<ForecastsPage>("/forecasts.json", 15_000);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => (
          <>
            <ExampleStrip of={data} />
            <div class="grid stack">
              <Fans page={data} />
              <Panel title={w.board} note={w.boardNote} of={data}>
                {data.board.length === 0 ? !data.empty?.["forecast_backtest"] && <Empty>{w.noBoard}</Empty> : <Board rows={data.board} />}
                <NotYet of={data} use="forecast_backtest" />
                <NotesOf of={data} uses={["forecast_day", "forecast_intraday", "forecast_backtest"]} />
              </Panel>
            </div>
          </>
        )}
      </Show>
      <div class="after"><Runs title={words.value.runs.forecasts} uses={["forecast_day", "forecast_backtest"]} onDone={page.reload} /></div>
    </>
  );
}

function Fans({ page }: { page: ForecastsPage }) {
  const w = words.value.forecasts;
  const [key, setKey] = useState("");
  const fan = page.fans.find((one) => one.key === key) ?? page.fans[0];
  if (!fan) return <Panel title={w.fan}><Empty>{w.noFans}</Empty></Panel>;
  const choices = (
    <label class="field inline">
      <span class="unseen">{w.what}</span>
      <select value={fan.key} onChange={(event) => setKey(event.currentTarget.value)}>
        {page.fans.map((one) => <option key={one.key} value={one.key}>{said(one.name)}{one.from?.example ? ` (${words.value.marks.example})` : ""}</option>)}
      </select>
    </label>
  );
  return (
    <Panel title={`${w.fan} · ${said(fan.name)}`} note={`${term("forecast_issued")} ${clock(fan.issued_at)} · ${term("forecast_model_used")} ${said(fan.model)}${fan.said ? ` · ${said(fan.said)}` : ""}`} of={page} actions={choices}>
      {fan.from && <p class="marked"><From mark={fan.from} /> {fan.from.example && <span class="soft">{fan.from.example}</span>}</p>}
      <FanChart fan={fan} />
      <NotYet of={page} use="forecast_day" />
      <NotYet of={page} use="forecast_intraday" />
    </Panel>
  );
}

/** Levels from the outside in, paired around the middle: [0.05, 0.95], [0.25, 0.75]. */
export function pairsOf(levels: string[]): [string, string][] {
  const sorted = levels.filter((level) => Number(level) !== 0.5).sort((a, b) => Number(a) - Number(b));
  const half = Math.floor(sorted.length / 2);
  return Array.from({ length: half }, (_, k): [string, string] => [sorted[k] ?? "", sorted[sorted.length - 1 - k] ?? ""]);
}

const STEPS_S = [300, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400];
const LABELS = 12;

/** Round instants of the wall clock inside a span, a step apart. */
function roundOnes(at: number[], zone: string): number[] {
  const step = stepOf(at);
  const found = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  const shift = found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 3600 + Number(found[3]) * 60) : 0;
  const first = Math.ceil(((at[0] ?? 0) + shift) / step) * step - shift;
  return Array.from({ length: Math.max(0, Math.floor(((at.at(-1) ?? 0) - first) / step) + 1) }, (_, k) => first + k * step);
}

/** Seconds from one label of the time axis to the next: the first round step that leaves a dozen. */
const stepOf = (at: number[]): number => STEPS_S.find((step) => ((at.at(-1) ?? 0) - (at[0] ?? 0)) / step <= LABELS) ?? 86_400;

function FanChart({ fan }: { fan: Fan }) {
  const w = words.value.forecasts;
  const pairs = pairsOf(Object.keys(fan.quantiles));
  const middle = fan.quantiles["0.5"] ?? Object.entries(fan.quantiles).find(([level]) => Number(level) === 0.5)?.[1];
  const label = `${w.fan}: ${said(fan.name)}`;
  return (
    <Chart
      label={label}
      height={320}
      on={[fan]}
      options={(c) => {
        const a = axes(c);
        const zone = offset(fan.issued_at);
        const at = fan.axis.map((one) => Date.parse(one) / 1000);
        // Steps differ between record and forecast, so that instants are placed by their time, not by their number.
        const placed = (values: (number | null)[]): [number, number | null][] => values.map((v, i) => [at[i] ?? 0, v]);
        // A band is the space between two lines: an unseen base and what stands on it.
        const bands = pairs.flatMap(([low, high], k) => {
          const name = w.band(num((Number(high) - Number(low)) * 100));
          const below = fan.quantiles[low] ?? [];
          const above = fan.quantiles[high] ?? [];
          const fill = faint(c.inject, 0.2 + 0.14 * k);
          return [
            { name: `${name} `, type: "line", stack: `b${k}`, data: placed(below), symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } },
            { name, type: "line", stack: `b${k}`, stackStrategy: "all", data: placed(above.map((v, i) => (v == null || below[i] == null ? null : v - (below[i] ?? 0)))), symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: fill }, itemStyle: { color: fill }, silent: true },
          ];
        });
        return {
          grid: a.grid,
          legend: { ...a.legend, data: [...pairs.map(([low, high]) => w.band(num((Number(high) - Number(low)) * 100))), w.expected, term("forecast_recorded")] },
          tooltip: {
            ...a.tooltip,
            formatter: (points: { dataIndex: number }[]) => {
              const i = points[0]?.dataIndex ?? 0;
              const lines = pairs.map(([low, high]) => `${w.band(num((Number(high) - Number(low)) * 100))}: ${num(fan.quantiles[low]?.[i], 1)} – ${num(fan.quantiles[high]?.[i], 1)}`);
              return [clock(fan.axis[i], "short"), `${w.expected}: ${num(middle?.[i], 1)} ${fan.unit}`, ...lines, `${term("forecast_recorded")}: ${num(fan.actual[i], 1)}`].join("\n");
            },
          },
          xAxis: { type: "value", min: "dataMin", max: "dataMax", ...a.x, splitLine: { show: false }, axisLabel: { ...a.x.axisLabel, customValues: roundOnes(at, zone), formatter: (s: number) => wall(s, zone).slice(11, 16) } },
          yAxis: { type: "value", name: fan.unit, scale: true, ...a.y },
          series: [
            ...bands,
            { name: w.expected, type: "line", data: placed(middle ?? []), symbol: "none", lineStyle: { color: c.inject, width: 2 }, itemStyle: { color: c.inject } },
            { name: term("forecast_recorded"), type: "line", data: placed(fan.actual), symbol: "circle", symbolSize: 3, lineStyle: { color: c.ink, width: 1.5 }, itemStyle: { color: c.ink } },
          ],
        };
      }}
      table={
        <Table
          label={label}
          tall
          rows={fan.axis.map((at, k) => ({ at, k }))}
          columns={[
            { key: "a", head: words.value.dispatch.time, fixed: true, cell: (row: { at: string; k: number }) => clock(row.at, "short") },
            ...Object.keys(fan.quantiles).sort((x, y) => Number(x) - Number(y)).map((level) => ({ key: level, head: `p${num(Number(level) * 100)}`, unit: fan.unit, number: true, cell: (row: { at: string; k: number }) => num(fan.quantiles[level]?.[row.k], 1) })),
            { key: "r", head: term("forecast_recorded"), unit: fan.unit, number: true, cell: (row: { at: string; k: number }) => num(fan.actual[row.k], 1) },
          ]}
        />
      }
    />
  );
}

const taskName = (task: string): string => termOr(task.startsWith("forecast_") ? task : `forecast_${task}`);

function Board({ rows }: { rows: BoardRow[] }) {
  const w = words.value.forecasts;
  return (
    <Table
      label={w.board}
      rows={rows}
      columns={[
        { key: "m", head: term("forecast_model"), cell: (row) => <>{row.model} {row.from && <From mark={row.from} />}</> },
        { key: "k", head: term("forecast_rank"), number: true, cell: (row) => (row.rank == null ? "–" : num(row.rank)) },
        { key: "t", head: term("forecast_task"), wide: true, cell: (row) => taskName(row.task) },
        { key: "p", head: term("forecast_pinball"), number: true, cell: (row) => `${num(row.pinball, 3)} ${w.units[row.unit] ?? row.unit}` },
        { key: "s", head: term("forecast_skill"), number: true, cell: (row) => percent(row.skill) },
        { key: "i", head: w.skillInterval, number: true, wide: true, cell: (row) => (row.skill_low == null ? "–" : `${percent(row.skill_low)} … ${percent(row.skill_high)}`) },
        { key: "c", head: term("forecast_coverage"), number: true, wide: true, cell: (row) => percent(row.coverage) },
      ]}
    />
  );
}
