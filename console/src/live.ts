// What happens now? One stream for the whole console; every page reads the same signals.
import { computed, signal } from "@preact/signals";
import type { Frame } from "./api";

export const frame = signal<Frame | null>(null);
/** Rises with each alarm or proposal, so that lists ask again at once. */
export const notices = signal(0);
export const connected = signal<"opening" | "open" | "lost">("opening");

export const STALE_AFTER_MS = 5_000;
const lastTick = signal(performance.now());
const now = signal(performance.now());

/** How long ago the last tick came, in whole seconds, once that is too long; 0 while all is well. */
export const silentS = computed(() => {
  const passed = now.value - lastTick.value;
  return passed > STALE_AFTER_MS ? Math.floor(passed / 1000) : 0;
});

let stream: EventSource | null = null;
let retry = 0;

export function listen(): void {
  if (stream) return;
  stream = new EventSource("/live");
  stream.addEventListener("open", () => (connected.value = "open"));
  stream.addEventListener("tick", (event) => take(JSON.parse((event as MessageEvent<string>).data) as Frame));
  stream.addEventListener("notice", () => notices.value++);
  stream.addEventListener("error", () => {
    connected.value = "lost";
    // A browser gives up for good after an answer that is no stream: ask anew, calmly.
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      clearTimeout(retry);
      retry = window.setTimeout(listen, 4_000);
    }
  });
}

export function hangUp(): void {
  clearTimeout(retry);
  stream?.close();
  stream = null;
  connected.value = "opening";
}

export function take(next: Frame): void {
  lastTick.value = performance.now();
  now.value = lastTick.value;
  connected.value = "open";
  frame.value = next;
}

setInterval(() => (now.value = performance.now()), 1_000);
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => event.persisted && listen());
