// Long work: how far is it, what came of it, and how is it stopped?
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Job } from "../api";
import { get, post, Refused } from "../http";
import { num } from "../format";
import { said, words } from "../prefs";
import { Failed } from "./states";
import type { Tone } from "./panel";
import { Tag } from "./panel";

const OVER = new Set(["done", "failed", "cancelled"]);
const ASK_EVERY_MS = 700;

export interface Work<Result> {
  job: Job | null;
  result: Result | null;
  problem: Refused | null;
  busy: boolean;
  start: (path: string, body: unknown) => Promise<void>;
  follow: (id: string) => void;
  stop: () => void;
  resume: () => void;
  clear: () => void;
}

/** Send work and follow it to its end, whether the answer comes at once or as a job. */
export function useWork<Result>(): Work<Result> {
  const [job, setJob] = useState<Job | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const [problem, setProblem] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const timer = useRef(0);
  const gone = useRef(false);

  useEffect(() => () => {
    gone.current = true;
    clearTimeout(timer.current);
  }, []);

  const follow = useCallback((id: string) => {
    const ask = async (): Promise<void> => {
      try {
        const told = await get<Job>(`/jobs/${id}.json`);
        if (gone.current) return;
        setJob(told);
        if (!OVER.has(told.state)) {
          timer.current = window.setTimeout(() => void ask(), ASK_EVERY_MS);
          return;
        }
        setBusy(false);
        if (told.state === "done") setResult((told.result ?? null) as Result | null);
        if (told.state === "failed") setProblem(new Refused(422, told.problem ?? { title: said(told.message) }));
      } catch (error) {
        if (gone.current) return;
        setBusy(false);
        setProblem(error as Refused);
      }
    };
    setBusy(true);
    void ask();
  }, []);

  const start = useCallback(async (path: string, body: unknown) => {
    setBusy(true);
    setJob(null);
    setResult(null);
    setProblem(null);
    try {
      // What is quick is answered at once, under `result`; the rest becomes a job.
      const sent = await post<Partial<Job> & { result?: Result }>(path, body);
      const id = sent.status === 202 ? (sent.body?.id ?? /\/jobs\/([^/.]+)/.exec(sent.location ?? "")?.[1]) : undefined;
      if (id) follow(id);
      else {
        setResult(sent.body?.result ?? null);
        setBusy(false);
      }
    } catch (error) {
      setProblem(error as Refused);
      setBusy(false);
    }
  }, []);

  const stop = useCallback(() => {
    if (job) void post(`/jobs/${job.id}/cancel`).catch((error: Refused) => setProblem(error));
  }, [job]);

  const resume = useCallback(() => {
    if (!job) return;
    setProblem(null);
    void post(`/jobs/${job.id}/resume`).then(
      () => follow(job.id),
      (error: Refused) => setProblem(error),
    );
  }, [job, follow]);

  const clear = useCallback(() => {
    setJob(null);
    setResult(null);
    setProblem(null);
  }, []);

  return { job, result, problem, busy, start, follow, stop, resume, clear };
}

export const JOB_TONES: Record<Job["state"], Tone> = { waiting: "calm", running: "info", done: "good", failed: "bad", cancelled: "warn" };

export function Progress({ of }: { of: Work<unknown> }) {
  const w = words.value;
  const { job, problem, busy } = of;
  return (
    <div class="progress-box" aria-live="polite">
      {job && (
        <>
          <div class="row spread">
            <Tag tone={JOB_TONES[job.state]}>{w.job[job.state]}</Tag>
            <span class="mono">{num(job.done * 100)} %</span>
          </div>
          <progress max={1} value={job.state === "done" ? 1 : job.done} aria-label={w.job.progress} />
          {said(job.message) && <p class="soft">{said(job.message)}</p>}
          {busy && (
            <button type="button" onClick={of.stop}>
              {w.job.cancel}
            </button>
          )}
          {(job.state === "failed" || job.state === "cancelled") && (
            <button type="button" onClick={of.resume}>
              {w.job.resume}
            </button>
          )}
        </>
      )}
      {busy && !job && <progress aria-label={w.job.progress} />}
      {problem && <Failed problem={problem} />}
    </div>
  );
}

const nameOf = (file: string | { name: string }): string => (typeof file === "string" ? file : file.name);

/** The files that a job left, a page for reading before the tables. */
export function JobFiles({ job }: { job: Job }) {
  const files = job.files.map(nameOf).sort((a, b) => Number(b.endsWith(".html")) - Number(a.endsWith(".html")) || a.localeCompare(b));
  if (!files.length) return null;
  return (
    <ul class="files" aria-label={words.value.plan.files}>
      {files.map((name) => (
        <li key={name}>
          <a href={`/jobs/${job.id}/files/${encodeURIComponent(name)}`} target={name.endsWith(".html") ? "_blank" : undefined} rel="noopener">
            {name.endsWith(".html") ? `${words.value.plan.report} · ${name}` : name}
          </a>
        </li>
      ))}
    </ul>
  );
}
