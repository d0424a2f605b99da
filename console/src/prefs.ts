// Which language, which light? Chosen once, kept in the browser.
import { computed, signal } from "@preact/signals";
import { en } from "./words/en";
import type { Words } from "./words/en";
import { zh } from "./words/zh";
import { terms } from "./terms";
import type { Text } from "./api";

export type Lang = "en" | "zh";
export type Theme = "auto" | "light" | "dark";

const kept = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

const keep = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser without storage asks again next time.
  }
};

const asked = kept("wattloom.lang");
export const lang = signal<Lang>(asked === "en" || asked === "zh" ? asked : navigator.language.startsWith("zh") ? "zh" : "en");
const light = kept("wattloom.theme");
export const theme = signal<Theme>(light === "light" || light === "dark" ? light : "auto");

const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", (event) => (systemDark.value = event.matches));

/** Whether the page is dark right now; charts redraw when it changes. */
export const dark = computed(() => (theme.value === "auto" ? systemDark.value : theme.value === "dark"));

const ALL: Record<Lang, Words> = { en, zh };
/** The words of the chosen language; read inside a component, so that it follows the switch. */
export const words = computed(() => ALL[lang.value]);

/** A word of the glossary. */
export const term = (key: keyof typeof terms): string => terms[key][lang.value];
/** A word of the glossary where there is one, else the key itself with its joints opened. */
export const termOr = (key: string): string => (key in terms ? term(key as keyof typeof terms) : key.replaceAll("_", " "));
/** What a person reads, told in one language or in both. */
export const said = (text: string | Text | null | undefined): string =>
  text == null ? "" : typeof text === "string" ? text : (text[lang.value] || text.en);

export function setLang(next: Lang): void {
  lang.value = next;
  keep("wattloom.lang", next);
}

export function setTheme(next: Theme): void {
  theme.value = next;
  keep("wattloom.theme", next);
}

/** Tell the document, so that style sheets and screen readers follow. */
export function applyPrefs(): void {
  const root = document.documentElement;
  root.lang = lang.value === "zh" ? "zh-CN" : "en";
  if (theme.value === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme.value;
}
