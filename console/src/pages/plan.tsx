// Which energy system suits a new site? The question as a form, the work as it goes, the report at its end.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Page, TerritoryRow } from "../api";
import { may, post, Refused, useData } from "../http";
import { lang, words } from "../prefs";
import { announce } from "../parts/announce";
import { JobFiles, Progress, useWork } from "../parts/job";
import { Panel } from "../parts/panel";
import type { Fields, Schema } from "../parts/schema-form";
import { Assets, Field, FieldsOf, set, territories } from "../parts/schema-form";
import { Failed, Problems, Show } from "../parts/states";
import { Recent } from "../parts/runs";

interface Start {
  name: string;
  project: Fields;
}

const COARSE_MINUTES = 180;
const SECTIONS = ["site", "connection", "assets", "goals", "study", "weather", "money", "finance", "claim"] as const;

export function PlanSite(_: { rest: string }) {
  const w = words.value.plan;
  const schema = useData<Schema>("/project/schema.json");
  const rules = useData<Page<TerritoryRow>>("/rules.json?limit=200");
  const known = rules.data?.items;
  useEffect(() => {
    if (known) territories.value = new Map(known.map((row) => [row.territory, lang.value === "zh" ? row.name_zh : row.name_en]));
  }, [known, lang.value]);
  const [starts, setStarts] = useState<Start[]>([]);
  useEffect(() => {
    void import("virtual:starts").then(({ default: all }) => setStarts(all as Start[]));
  }, []);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={schema} rows={10}>{(root) => (starts.length ? <Form root={root} starts={starts} /> : null)}</Show>
    </>
  );
}

interface Checked {
  problems?: NonNullable<Refused["body"]["problems"]>;
  right?: boolean;
}

function Form({ root, starts }: { root: Schema; starts: Start[] }) {
  const w = words.value.plan;
  const [start, setStart] = useState(starts[0]?.name ?? "");
  const [project, setProject] = useState<Fields>(starts[0]?.project ?? {});
  const [coarse, setCoarse] = useState(true);
  const [problem, setProblem] = useState<Refused | null>(null);
  const [checked, setChecked] = useState(false);
  const [turn, setTurn] = useState(0);
  const work = useWork<unknown>();
  const outcome = useRef<HTMLDivElement>(null);

  const begin = (name: string): void => {
    setStart(name);
    setProject(starts.find((one) => one.name === name)?.project ?? {});
    setTurn(turn + 1);
    setProblem(null);
    setChecked(false);
    work.clear();
  };
  const check = async (): Promise<void> => {
    setProblem(null);
    setChecked(false);
    try {
      const body = (await post<{ result: Checked }>("/project/check", { project, options: {} })).body?.result;
      if (!body?.right) setProblem(new Refused(422, { title: w.wrong(body?.problems?.length ?? 0), problems: body?.problems ?? [] }));
      else {
        setChecked(true);
        announce(w.checked);
      }
    } catch (error) {
      setProblem(error as Refused);
    }
    outcome.current?.focus();
  };
  const submit = (): void => {
    setProblem(null);
    setChecked(false);
    void work.start("/plan/site", { project, options: { lang: lang.value, step_minutes: coarse ? COARSE_MINUTES : null } });
    outcome.current?.focus();
  };

  return (
    <div class="grid plan">
      <form
        class="panel plan-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div class="fields">
          <label class="field">
            <span>{w.start}</span>
            <select value={start} onChange={(event) => begin(event.currentTarget.value)}>
              {starts.map((one) => <option key={one.name} value={one.name}>{w.starts[one.name] ?? one.name}</option>)}
            </select>
            <small>{w.startNote}</small>
          </label>
          <label class="field">
            <span>{w.name} <b class="needed">*</b></span>
            <input required value={String(project["name"] ?? "")} onChange={(event) => setProject(set(project, "name", event.currentTarget.value))} />
          </label>
        </div>
        <div key={turn}>
          {SECTIONS.map((key) => <Section key={key} name={key} root={root} project={project} onChange={setProject} />)}
        </div>
      </form>
      <aside class="plan-side">
        <Panel title={w.result}>
          <label class="tick">
            <input type="checkbox" checked={coarse} onChange={(event) => setCoarse(event.currentTarget.checked)} />
            <span>{w.step}</span>
          </label>
          <div class="row">
            <button type="button" onClick={() => void check()} disabled={work.busy}>{w.check}</button>
            <button type="button" class="primary" onClick={submit} disabled={work.busy || !may("plan_site")}>{w.submit}</button>
          </div>
          {!may("plan_site") && <p class="soft">{words.value.states.mayNot}</p>}
          <div ref={outcome} tabIndex={-1} class="outcome">
            {checked && <p class="strip good">✓ {w.checked}</p>}
            {problem && (problem.body.problems?.length ? <div class="notice bad" role="alert"><div><strong>{w.wrong(problem.body.problems.length)}</strong><Problems list={problem.body.problems} /></div></div> : <Failed problem={problem} />)}
            <Progress of={work} />
            {work.job?.state === "done" && <JobFiles job={work.job} />}
          </div>
          <details class="behind">
            <summary>{w.json}</summary>
            <pre tabIndex={0}>{JSON.stringify(project, null, 2)}</pre>
          </details>
        </Panel>
        <section class="panel"><Recent uses={["plan_site", "plan_compare", "plan_frontier"]} over={work.job?.state ?? ""} /></section>
      </aside>
    </div>
  );
}

function Section({ name, root, project, onChange }: { name: (typeof SECTIONS)[number]; root: Schema; project: Fields; onChange: (next: Fields) => void }) {
  const w = words.value.plan;
  const schema = root.properties?.[name];
  if (!schema) return null;
  const needed = (root.required ?? []).includes(name);
  const put = (next: unknown): void => onChange(set(project, name, next));
  const body =
    name === "assets" ? (
      <Assets root={root} value={(project["assets"] ?? {}) as Record<string, Fields>} onChange={put} />
    ) : schema.properties ? (
      <FieldsOf schema={schema} value={(project[name] ?? {}) as Fields} onChange={(next) => put(Object.keys(next).length ? next : undefined)} />
    ) : schema.anyOf?.[0]?.properties ? (
      <FieldsOf schema={{ ...schema.anyOf[0], required: [] }} value={(project[name] ?? {}) as Fields} onChange={(next) => put(Object.keys(next).length ? next : undefined)} />
    ) : (
      <Field schema={schema} name={name} needed={false} value={project[name]} onChange={put} />
    );
  return (
    <details class="section" open={needed || name === "goals"}>
      <summary>
        <h2>{w.sections[name] ?? name}</h2>
      </summary>
      {body}
    </details>
  );
}
