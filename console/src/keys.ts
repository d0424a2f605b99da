// Which keys does the console know? Single letters, never while somebody types.
import { useEffect } from "preact/hooks";
import { dark, lang, setLang, setTheme } from "./prefs";
import { openPages } from "./pages";
import { go } from "./router";
import { approvalsOpen } from "./parts/approvals";
import { helpOpen } from "./parts/help";

const GO_WITHIN_MS = 1_200;

const typing = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function useKeys(): void {
  useEffect(() => {
    let pressedG = -Infinity;
    const press = (event: KeyboardEvent): void => {
      if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
      const then = performance.now() - pressedG < GO_WITHIN_MS;
      pressedG = -Infinity;
      const page = then ? openPages().find((one) => one.key === event.key) : undefined;
      if (page) go(page.path);
      else if (event.key === "g") pressedG = performance.now();
      else if (event.key === "?") helpOpen.value = true;
      else if (event.key === "b") approvalsOpen.value = true;
      else if (event.key === "t") setTheme(dark.value ? "light" : "dark");
      else if (event.key === "l") setLang(lang.value === "zh" ? "en" : "zh");
      else if (event.key === "/") document.querySelector<HTMLInputElement>("input[type=search]")?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
