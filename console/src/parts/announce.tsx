// What should be heard as well as seen? One polite line, used for outcomes and changes of state, never for every tick.
import { signal } from "@preact/signals";

const line = signal("");
const shown = signal(false);
let timer = 0;

/** Say it; quietly where it stands on the screen anyway. */
export function announce(text: string, quietly = false): void {
  line.value = text;
  shown.value = !quietly;
  clearTimeout(timer);
  timer = window.setTimeout(() => (shown.value = false), 6_000);
}

export const Announcer = () => (
  <div class={`toast ${shown.value ? "shown" : ""}`} role="status" aria-live="polite">
    {line.value}
  </div>
);
