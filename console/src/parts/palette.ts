// Which colours does a canvas use? Those of the style sheet, read where they are defined.
import { dark } from "../prefs";

const NAMES = ["paper", "ink", "soft", "rule", "tint", "accent", "draw", "inject", "green", "price", "carbon", "plan", "moves", "good", "warn", "bad", "heat0", "heat1", "heat2", "heat3"] as const;
export type Palette = Record<(typeof NAMES)[number], string>;

let kept: { dark: boolean; palette: Palette } | null = null;

/** Every colour as the browser resolves it for the present theme. */
export function palette(): Palette {
  if (kept?.dark === dark.value) return kept.palette;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const read = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Palette;
  probe.remove();
  kept = { dark: dark.value, palette: read };
  return read;
}

/** A colour with some of its strength. */
export const faint = (color: string, strength: number): string => color.replace(/^rgb\((.*)\)$/, `rgba($1, ${strength})`);
