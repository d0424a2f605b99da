// How is a number written? One minus sign, one dash for nothing, digits that do not jump.
import { lang } from "./prefs";

export const NOTHING = "–";

const formats = new Map<string, Intl.NumberFormat>();

export function num(value: number | null | undefined, digits = 0): string {
  if (value == null || !Number.isFinite(value)) return NOTHING;
  const key = `${lang.value}${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(lang.value === "zh" ? "zh-CN" : "en-GB", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  // Minus zero would flicker between "0" and "-0" on a live figure.
  const rounded = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;
  return format.format(rounded).replace("-", "\u2212");
}

export const percent = (value: number | null | undefined, digits = 1): string =>
  value == null || !Number.isFinite(value) ? NOTHING : `${num(value * 100, digits)}\u202f%`;

/** Cents to yuan, without a detour through floating point for whole cents. */
export const yuan = (fen: number | null | undefined): string => (fen == null ? NOTHING : num(fen / 100, 2));

/** Offset of the control room, as its pages tell it; instants written in another one are turned into it. */
let room = "";
export function setRoom(at: string): void {
  room = offset(at);
}

/** The wall clock of the control room: date and time of its own zone, never the browser's. */
export function clock(iso: string | null | undefined, parts: "time" | "minute" | "day" | "full" | "short" = "full"): string {
  if (!iso) return NOTHING;
  const own = offset(iso);
  const text = room && own && own !== room ? wall(Math.floor(Date.parse(iso) / 1000), room) : iso;
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2}))?/.exec(text);
  if (!found) return iso;
  const [, day = "", minute = "", second] = found;
  if (parts === "day") return day;
  if (parts === "minute") return minute;
  if (parts === "time") return `${minute}:${second ?? "00"}`;
  if (parts === "short") return `${day.slice(5)} ${minute}`;
  return `${day} ${minute}${second && second !== "00" ? `:${second}` : ""}`;
}

/** Offset of an instant as written, such as +08:00. */
export const offset = (iso: string | null | undefined): string => /([+-]\d{2}:\d{2}|Z)$/.exec(iso ?? "")?.[1]?.replace("Z", "+00:00") ?? "";

/** Seconds since 1970 to the wall clock of an offset such as +08:00. */
export function wall(seconds: number, at: string): string {
  const found = /^([+-])(\d{2}):(\d{2})$/.exec(at);
  const shift = found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 3600 + Number(found[3]) * 60) : 0;
  return new Date((seconds + shift) * 1000).toISOString().slice(0, 19);
}

/** An instant of the form `YYYY-MM-DDTHH:MM` typed by a person, with the server's offset put behind it. */
export const withOffset = (typed: string, at: string): string => (/T\d{2}:\d{2}$/.test(typed) ? `${typed}:00${at}` : `${typed}${at}`);
