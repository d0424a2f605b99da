// Where does power go, and where does computing go? Twelve provinces as a drawing of one's own, no map.
import type { Frame, Region } from "../api";
import { num, percent } from "../format";
import { said, words } from "../prefs";

interface Size {
  width: number;
  height: number;
  box: [number, number];
  left: number;
  top: number;
  x: number;
  y: number;
  small: boolean;
}

const WIDE: Size = { width: 744, height: 596, box: [120, 58], left: 26, top: 33, x: 6.8, y: 5.7, small: false };
const SMALL: Size = { width: 376, height: 470, box: [64, 40], left: 28, top: 22, x: 3.3, y: 4.6, small: true };

export type Shown = "both" | "power" | "computing";

const MOVES_BESIDE = 6;
const MOVES_ALONE = 24;

interface Line {
  from: number;
  to: number;
  mw: number;
}

/** Flows above a hair's breadth, each from where it leaves to where it arrives. */
export const linesOf = (flows: { pairs: [number, number][]; mw: number[] }): Line[] =>
  flows.pairs
    .map(([a, b], k) => {
      const mw = flows.mw[k] ?? 0;
      return mw >= 0 ? { from: a, to: b, mw } : { from: b, to: a, mw: -mw };
    })
    .filter((line) => line.mw >= 0.5);

export function Schematic({ frame, regions, shown, small }: { frame: Frame; regions: Region[]; shown: Shown; small: boolean }) {
  const size = small ? SMALL : WIDE;
  const { keys } = frame.provinces;
  const byKey = new Map(regions.map((region) => [region.key, region]));
  const at = keys.map((key): [number, number] => {
    const [x, y] = byKey.get(key)?.at ?? [50, 50];
    return [size.left + x * size.x, size.top + y * size.y];
  });
  const power = shown === "computing" ? [] : linesOf(frame.flows_mw);
  // Beside power only the largest moves are drawn: forty lines would hide the twelve that matter.
  const moves = shown === "power" ? [] : linesOf(frame.moves_it_mw).sort((a, b) => b.mw - a.mw).slice(0, shown === "both" ? MOVES_BESIDE : MOVES_ALONE);
  return (
    <svg class="schematic" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={words.value.now_.schematic}>
      {power.map((line) => (
        <Flow key={`p${line.from}-${line.to}`} line={line} at={at} kind="power" bend={0.1} size={size} />
      ))}
      {moves.map((line) => (
        <Flow key={`m${line.from}-${line.to}`} line={line} at={at} kind="moves" bend={-0.14} size={size} />
      ))}
      {keys.map((key, k) => (
        <Province key={key} name={words.value.now_.short[key] ?? said(byKey.get(key)?.name ?? key)} at={at[k] ?? [0, 0]} frame={frame} k={k} size={size} />
      ))}
    </svg>
  );
}

/** Widest line and the power that it stands for. */
const WIDEST = 9;
const WIDEST_MW = 400;

function Flow({ line, at, kind, bend, size }: { line: Line; at: [number, number][]; kind: "power" | "moves"; bend: number; size: Size }) {
  const [x1, y1] = at[line.from] ?? [0, 0];
  const [x2, y2] = at[line.to] ?? [0, 0];
  const [dx, dy] = [x2 - x1, y2 - y1];
  const [cx, cy] = [(x1 + x2) / 2 - dy * bend, (y1 + y2) / 2 + dx * bend];
  const width = Math.max(1, Math.sqrt(line.mw / WIDEST_MW) * WIDEST) * (size.small ? 0.6 : 1);
  // The arrow stands where the curve is half way; its direction there is that of the chord.
  const [mx, my] = [(x1 + 2 * cx + x2) / 4, (y1 + 2 * cy + y2) / 4];
  const turn = (Math.atan2(dy, dx) * 180) / Math.PI;
  const tip = (size.small ? 4 : 6) + width * 0.7;
  return (
    <g class={`flow ${kind}`}>
      <path d={`M${x1} ${y1}Q${cx} ${cy} ${x2} ${y2}`} fill="none" stroke-width={width.toFixed(1)} />
      <path class="tip" d={`M${tip} 0L${-tip * 0.7} ${tip * 0.75}L${-tip * 0.7} ${-tip * 0.75}Z`} transform={`translate(${mx.toFixed(1)} ${my.toFixed(1)}) rotate(${turn.toFixed(1)})`} />
      {!size.small && kind === "power" && line.mw >= 20 && Math.hypot(dx, dy) > 170 && (
        <text class="flow-mw" x={mx} y={my - tip - 3} text-anchor="middle">
          {num(line.mw)}
        </text>
      )}
    </g>
  );
}

function Province({ name, at, frame, k, size }: { name: string; at: [number, number]; frame: Frame; k: number; size: Size }) {
  const p = frame.provinces;
  const [width, height] = size.box;
  const green = Math.min(1, Math.max(0, p.green_share[k] ?? 0));
  const short = (p.shortfall_mw[k] ?? 0) > 0.05;
  const pad = size.small ? 4 : 9;
  const bar = width - 2 * pad - (size.small ? 0 : 46);
  return (
    <g class={`province ${short ? "short" : ""}`} transform={`translate(${at[0] - width / 2} ${at[1] - height / 2})`}>
      <rect class="box" width={width} height={height} rx={size.small ? 4 : 6} />
      {size.small ? (
        <>
          <text class="name" x={pad} y={14}>{name}</text>
          <text class="mw" x={pad} y={27}>{num(p.draw_mw[k])}<tspan class="unit"> MW</tspan></text>
        </>
      ) : (
        <>
          <text class="name" x={pad} y={18}>{name}</text>
          <text class="green" x={width - pad} y={height - 6.5} text-anchor="end">{percent(green, 0)}</text>
          <text class="mw" x={pad} y={37}>{num(p.draw_mw[k])}<tspan class="unit"> MW</tspan></text>
          <text class="price" x={width - pad} y={37} text-anchor="end">{num(p.price_cny_per_mwh[k])}<tspan class="unit"> ¥</tspan></text>
        </>
      )}
      <rect class="bar-back" x={pad} y={height - (size.small ? 8 : 12)} width={bar} height={size.small ? 3 : 5} rx={1.5} />
      <rect class="bar-green" x={pad} y={height - (size.small ? 8 : 12)} width={(bar * green).toFixed(1)} height={size.small ? 3 : 5} rx={1.5} />
      {short && <path class="short-sign" d="M-6 6L0 -5L6 6Z" transform={`translate(${width - 2} ${height - 2})`} />}
    </g>
  );
}
