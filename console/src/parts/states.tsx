// What is shown where nothing can be shown: loading, empty, failed, forbidden, older than it should be.
import type { ComponentChildren } from "preact";
import type { Refused, Loaded } from "../http";
import { me } from "../http";
import { lang, said, words } from "../prefs";
import { Link } from "../router";
import { Icon } from "./icons";

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label={words.value.states.loading}>
      {Array.from({ length: rows }, (_, k) => (
        <div key={k} class={`bar bar-${k % 4}`} />
      ))}
    </div>
  );
}

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

interface FailedProps {
  problem: Refused;
  retry?: () => void;
  /** Of something that was to be done, not shown. */
  act?: boolean;
}

export function Failed({ problem, retry, act }: FailedProps) {
  const w = words.value;
  if (!act && (problem.status === 403 || problem.status === 401)) return <Forbidden />;
  const list = problem.body.problems ?? [];
  // What is only not there yet is no fault.
  const starts = problem.status === 503 && !act;
  return (
    <div class={`notice ${starts ? "calm" : "bad"}`} role="alert">
      <Icon name="warn" />
      <div>
        <strong>{starts ? w.states.starts : act ? w.states.notDone : w.states.failed}</strong>
        <p>{problem.status === 0 ? w.states.unreachable : problem.status === 503 ? [lang.value === "zh" ? "" : `${sentence(problem)}.`, w.states.notNow].join(" ") : problem.status === 429 ? w.states.tooMany : problem.status === 404 ? (lang.value === "zh" ? w.states.noSuch : sentence(problem) || w.states.noSuch) : problem.status === 409 ? `${w.states.conflict} ${sentence(problem)}` : list.length > 0 && act ? w.states.wrongInput : sentence(problem)}</p>
        {list.length > 0 && <Problems list={list} />}
        {retry && (
          <button type="button" onClick={retry}>
            {w.retry}
          </button>
        )}
      </div>
    </div>
  );
}

/** What the server says of it, in the language of the page where it can. */
const sentence = (problem: Refused): string => (lang.value === "zh" ? problem.body.detail_zh : undefined) ?? problem.body.detail ?? problem.body.title ?? "";

export function Problems({ list }: { list: NonNullable<Refused["body"]["problems"]> }) {
  const w = words.value.states;
  return (
    <ul class="problems">
      {list.map((one, k) => (
        <li key={k}>
          {one.where && <strong>{said(one.where)}</strong>}
          <dl>
            {one.found != null && <div><dt>{w.found}</dt><dd>{said(one.found)}</dd></div>}
            {one.expected != null && <div><dt>{w.expected}</dt><dd>{said(one.expected)}</dd></div>}
            {one.remedy != null && <div><dt>{w.remedy}</dt><dd>{said(one.remedy)}</dd></div>}
          </dl>
        </li>
      ))}
    </ul>
  );
}

export function Forbidden() {
  const w = words.value;
  const roles = (me.value?.roles ?? []).map((role) => w.roles[role] ?? role).join(lang.value === "zh" ? "、" : ", ");
  return (
    <div class="notice calm" role="alert">
      <Icon name="user" />
      <div>
        <strong>{w.states.forbidden}</strong>
        <p>
          {w.states.forbiddenWhy} {roles && w.states.yourRoles(roles)}
        </p>
        <Link to="/now">{w.states.toNow}</Link>
      </div>
    </div>
  );
}

/** Shows what a page loaded; the page itself only says how it looks when all is well. */
export function Show<Body>({ of, children, rows }: { of: Loaded<Body> & { reload: () => void }; rows?: number; children: (data: Body) => ComponentChildren }) {
  if (of.state === "loading") return <Loading rows={rows ?? 6} />;
  if (of.state === "failed") return <Failed problem={of.problem} retry={of.reload} />;
  return (
    <>
      {of.state === "stale" && (
        <p class="strip warn" role="status">
          <Icon name="warn" size={16} /><span>{words.value.states.notAsked}</span>
        </p>
      )}
      {children(of.data)}
    </>
  );
}
