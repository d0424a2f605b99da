// How is the console read and driven?
import { signal } from "@preact/signals";
import { words } from "../prefs";
import { openPages } from "../pages";
import { Dialog } from "./dialog";

export const helpOpen = signal(false);

export function Help() {
  const w = words.value;
  const h = w.help;
  const keys: [string, string][] = [
    ["?", h.open],
    ["b", h.approvals],
    ["/", h.search],
    ["t", h.toggleTheme],
    ["l", h.toggleLang],
  ];
  return (
    <Dialog title={h.title} onClose={() => (helpOpen.value = false)} wide>
      <h3>{h.keys}</h3>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
        ))}
      </dl>
      <h3>{h.goThen}</h3>
      <dl class="keys">
        {openPages().map((page) => (
          <div key={page.key}><dt><kbd>g</kbd> <kbd>{page.key}</kbd></dt><dd>{w.nav[page.name]}</dd></div>
        ))}
      </dl>
      {([[h.numbers, h.numbersText], [h.colours, h.coloursText], [h.asks, h.asksText], [h.degraded, h.degradedText]] as const).map(([title, text]) => (
        <section key={title}>
          <h3>{title}</h3>
          <p>{text}</p>
        </section>
      ))}
    </Dialog>
  );
}
