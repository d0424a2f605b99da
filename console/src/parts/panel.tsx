// Where a group of figures stands, with its source, instant and time zone below it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Text, Twin } from "../api";
import { clock } from "../format";
import { said, words } from "../prefs";
import { NOTHING } from "../format";

interface PanelProps {
  title: string;
  note?: string;
  of?: Partial<Twin> | null;
  actions?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, note, of, actions, children, ...rest }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${rest.class ?? ""}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {actions && <div class="panel-actions">{actions}</div>}
      </div>
      {note && <p class="panel-note">{note}</p>}
      <div class="panel-body">{children}</div>
      {of && <Caption of={of} />}
    </section>
  );
}

/** What a page says of its figures besides their sources: sentences under keys of its own. */
const REMARKS = ["of", "since"] as const;

export function Caption({ of }: { of: Partial<Twin> }) {
  const w = words.value;
  const remarks = REMARKS.map((key) => (of as Record<string, string | Text | undefined>)[key]);
  const told = [...(of.sources ?? (of.source ? [of.source] : [])), ...remarks].map(said).filter(Boolean);
  const [first, ...others] = [...new Set(told)];
  if (!first && !of.at) return null;
  return (
    <div class="caption">
      {first && others.length === 0 && (
        <span>
          {w.sourceIs}
          {first}
        </span>
      )}
      {first && others.length > 0 && (
        <details class="sources">
          <summary>
            {w.sourceIs}
            {first} <span class="more-sources">{w.moreSources(others.length)}</span>
          </summary>
          <ul>
            {others.map((one) => <li key={one}>{one}</li>)}
          </ul>
        </details>
      )}
      {of.at && (
        <span class="caption-at">
          {clock(of.at)} {of.zone ?? ""}
        </span>
      )}
    </div>
  );
}

/** A share as a short bar beside its number; the number says it all, so nobody hears the bar. */
export function Meter({ share }: { share: number | null | undefined }) {
  const width = 48 * Math.min(1, Math.max(0, share ?? 0));
  return (
    <svg class="meter" width="48" height="6" viewBox="0 0 48 6" aria-hidden="true">
      <rect class="bar-back" width="48" height="6" rx="2" />
      <rect class="bar-green" width={width.toFixed(1)} height="6" rx="2" />
    </svg>
  );
}

interface FigureProps {
  label: string;
  value: string;
  unit?: string;
  /** Where it is from; shown when a pointer rests on it, and read aloud after the value. */
  title?: string;
  tone?: "good" | "warn" | "bad";
  sub?: ComponentChildren;
}

export function Figure({ label, value, unit, title, tone, sub }: FigureProps) {
  return (
    <div class={`figure ${tone ?? ""}`} title={title}>
      <dt>{label}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {unit && value !== NOTHING && <span class="figure-unit">{unit}</span>}
        {sub && <span class="figure-sub">{sub}</span>}
      </dd>
    </div>
  );
}

export const Figures = ({ children, label }: { children: ComponentChildren; label?: string }) => (
  <dl class="figures" aria-label={label}>
    {children}
  </dl>
);

export type Tone = "good" | "warn" | "bad" | "calm" | "info";

const SIGNS: Record<Tone, string> = { good: "●", warn: "▲", bad: "■", calm: "○", info: "◆" };

/** A state in a word with a sign, so that it never rests on colour alone. */
export const Tag = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`tag ${tone}`}>
    <span aria-hidden="true">{SIGNS[tone]}</span> {children}
  </span>
);
