// How does the console ask? JSON in, JSON out; what went wrong comes back as a problem, never as a riddle.
import { signal } from "@preact/signals";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Me, ProblemBody } from "./api";
import { setRoom } from "./format";

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
  ) {
    super(body.detail ?? body.title ?? String(status));
  }
}

/** Who is signed in; null before the first answer and for a stranger. */
export const me = signal<Me | null>(null);
export const meKnown = signal(false);
/** Whether a session ended while somebody worked in it. */
export const ended = signal(false);

/** Whether whoever is signed in may call an operation of the server. */
export const may = (operation: string): boolean => me.value?.may?.includes(operation) ?? false;

/** A key for a write that may be sent twice; works on plain http too, where `randomUUID` is missing. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function answer<Body>(response: Response): Promise<Body> {
  const text = await response.text();
  // A schema may hold Infinity for "no limit", which JSON has no word for.
  const told: unknown = text && /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text.replace(/:\s*-?Infinity\b/g, ":null")) : text;
  if (response.ok) {
    const twin = told as { at?: unknown; zone?: unknown } | null;
    if (twin && typeof twin.at === "string" && twin.zone) setRoom(twin.at);
    return told as Body;
  }
  // Whoever was signed in and is refused as nobody: the session has ended.
  if (response.status === 401 && me.value) {
    ended.value = true;
    me.value = null;
  }
  const body: ProblemBody = typeof told === "object" && told !== null ? (told as ProblemBody) : { title: response.statusText, detail: String(told).slice(0, 300) };
  throw new Refused(response.status, { status: response.status, ...body });
}

export async function get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, credentials: "same-origin", signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, { title: "unreachable", detail: String((error as Error).message) });
  }
  return answer<Body>(response);
}

export interface Sent<Body> {
  status: number;
  location: string | null;
  body: Body;
}

export async function send<Body>(method: "POST" | "PUT" | "DELETE", path: string, body: unknown, key = freshKey()): Promise<Sent<Body>> {
  const raw = body instanceof Blob;
  const headers: Record<string, string> = {
    accept: "application/json",
    "idempotency-key": key,
    "x-wattloom-csrf": me.value?.csrf ?? "",
  };
  if (body !== undefined && !raw) headers["content-type"] = "application/json";
  if (raw) headers["content-type"] = "application/octet-stream";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, credentials: "same-origin", body: raw ? body : body === undefined ? null : JSON.stringify(body) });
  } catch (error) {
    throw new Refused(0, { title: "unreachable", detail: String((error as Error).message) });
  }
  return { status: response.status, location: response.headers.get("location"), body: await answer<Body>(response) };
}

export const post = <Body>(path: string, body?: unknown, key?: string): Promise<Sent<Body>> => send<Body>("POST", path, body ?? {}, key);

export async function askMe(): Promise<void> {
  try {
    const told = await get<Me | { signed_in: false }>("/me.json");
    me.value = told.signed_in ? told : null;
  } catch {
    me.value = null;
  }
  if (me.value) ended.value = false;
  meKnown.value = true;
}

export type Loaded<Body> =
  | { state: "loading"; data: null; problem: null }
  | { state: "ready"; data: Body; problem: null }
  | { state: "stale"; data: Body; problem: Refused }
  | { state: "failed"; data: null; problem: Refused };

/** No answer at all, too many at once, not now. */
const PASSING = new Set([0, 429, 503]);
const AGAIN_MS = 4_000;

/** A page's data, asked again every `everyMs`; what was shown stays while the next answer is on its way or lost. */
export function useData<Body>(path: string | null, everyMs = 0): Loaded<Body> & { reload: () => void } {
  const [loaded, setLoaded] = useState<Loaded<Body>>({ state: "loading", data: null, problem: null });
  const [turn, setTurn] = useState(0);
  const shown = useRef<string | null>(null);

  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer = 0;
    if (shown.current !== path) setLoaded({ state: "loading", data: null, problem: null });
    shown.current = path;
    const ask = async (): Promise<void> => {
      let again = everyMs;
      try {
        const data = await get<Body>(path, stop.signal);
        setLoaded({ state: "ready", data, problem: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Refused ? error : new Refused(0, { title: "unreadable", detail: String(error) });
        // A server that starts, or was away, is asked again until it answers; what it refuses stays refused.
        if (PASSING.has(problem.status)) again ||= AGAIN_MS;
        setLoaded((before) => (before.data !== null ? { state: "stale", data: before.data, problem } : { state: "failed", data: null, problem }));
      }
      if (again && !stop.signal.aborted) timer = window.setTimeout(() => void ask(), document.hidden ? again * 5 : again);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, turn]);

  return { ...loaded, reload: useCallback(() => setTurn((n) => n + 1), []) };
}
