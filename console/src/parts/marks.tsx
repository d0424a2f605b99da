// Where is a row from that the live loop does not know? The run it is of, and plainly said where that is a shipped example.
import type { RunMark, WithRuns } from "../api";
import { clock, num } from "../format";
import { lang, said, words } from "../prefs";
import { Icon } from "./icons";
import { Tag } from "./panel";

/** Of one row or panel: an example with its file, a run with its instant, or live. */
export function From({ mark }: { mark: RunMark | null | undefined }) {
  const w = words.value.marks;
  if (!mark) return <span class="soft">{w.live}</span>;
  if (mark.example) return <Tag tone="info">{w.example}</Tag>;
  return <span class="soft">{w.ownRun} {clock(mark.made_at, "short")}</span>;
}

/** Above a page that shows examples: so much, and of which files. */
export function ExampleStrip({ of }: { of: WithRuns }) {
  const files = [...new Set((of.runs ?? []).map((run) => run.example).filter((file) => file !== null))];
  if (!files.length) return null;
  return (
    <p class="strip info">
      <Icon name="help" size={16} />
      <span>{words.value.marks.strip(files.join(lang.value === "zh" ? "、" : ", "))}</span>
    </p>
  );
}

/** What to do where a use never ran. */
export function NotYet({ of, use }: { of: WithRuns; use: string }) {
  const told = of.empty?.[use];
  return told ? <p class="not-yet">{said(told)}</p> : null;
}

/** What the run itself says of its rows, and its files. */
export function NotesOf({ of, uses }: { of: WithRuns; uses: string[] }) {
  const w = words.value.marks;
  const runs = (of.runs ?? []).filter((run) => uses.includes(run.use) && run.notes.length > 0);
  if (!runs.length) return null;
  return (
    <>
      {runs.map((run) => (
        <details key={run.job} class="behind">
          <summary>
            {w.notes(num(run.notes.length))} · {[words.value.runs.uses[run.use] ?? run.use.replaceAll("_", " "), run.name, run.example].filter(Boolean).join(" · ")}
          </summary>
          <ul class="notes">
            {run.notes.map((note) => <li key={said(note)}>{said(note)}</li>)}
          </ul>
        </details>
      ))}
    </>
  );
}
