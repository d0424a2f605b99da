// A dense live series by uPlot, loaded when the first one is needed.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Dense } from "../api";
import { dark, lang, words } from "../prefs";
import { num, offset, wall } from "../format";
import { Table } from "./table";
import type uPlot from "uplot";
import { faint, palette } from "./palette";

type Plot = uPlot;

interface SeriesProps {
  label: string;
  of: Dense;
  height?: number;
}

const TABLE_ROWS = 60;

/** Digits that tell one label of an axis from the next. */
function digitsOf(ticks: number[]): number {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  return step === 0 ? 0 : step >= 1 ? (Number.isInteger(step) ? 0 : 1) : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
}

export function Series({ label, of, height = 240 }: SeriesProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [library, setLibrary] = useState<{ make: typeof uPlot } | null>(null);
  const isDark = dark.value;
  const spoken = lang.value;
  const zone = offset(of.at);

  useEffect(() => {
    void Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]).then(([{ default: make }]) => setLibrary({ make }));
  }, []);

  useEffect(() => {
    const node = place.current;
    if (!node || !library) return;
    const c = palette();
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: c.soft, font, grid: { stroke: c.rule, width: 1 }, ticks: { stroke: c.rule, width: 1, size: 4 } };
    plot.current = new library.make(
      {
        width: node.clientWidth,
        height,
        cursor: { drag: { x: true, y: false } },
        legend: { live: true },
        scales: { x: { time: true } },
        tzDate: (seconds) => new Date(wall(seconds, zone)),
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((t) => wall(t, zone).slice(11, (ticks[1] ?? 60) - (ticks[0] ?? 0) < 60 ? 19 : 16)) },
          { ...axis, size: 56, label: of.unit, labelSize: 18, labelFont: font, values: (_, ticks) => ticks.map((t) => num(t, digitsOf(ticks))) },
        ],
        series: [
          { label: words.value.dispatch.time, value: (_, t) => (t == null ? "–" : wall(t, zone).slice(11)) },
          { label: `${label} (${of.unit})`, stroke: c.draw, width: 1.5, fill: faint(c.draw, 0.08), points: { show: false }, value: (_, v) => num(v, 2) },
        ],
      },
      [of.at_s, of.values],
      node,
    );
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: node.clientWidth, height }));
    observer.observe(node);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [library, isDark, spoken, of.field, label]);

  useEffect(() => plot.current?.setData([of.at_s, of.values]), [of]);

  const w = words.value;
  const from = Math.max(0, of.at_s.length - TABLE_ROWS);
  const rows = of.at_s.slice(from).map((at, k) => ({ at, value: of.values[from + k] ?? null }));
  return (
    <figure class="chart">
      <div ref={place} class="draw dense" role="img" aria-label={label} />
      <details class="behind">
        <summary>{w.showTable}</summary>
        <Table
          label={label}
          tall
          rows={rows.reverse()}
          columns={[
            { key: "at", head: w.dispatch.time, unit: zone, fixed: true, cell: (row) => wall(row.at, zone).replace("T", " ") },
            { key: "v", head: label, unit: of.unit, number: true, cell: (row) => num(row.value, 3) },
          ]}
        />
      </details>
    </figure>
  );
}
