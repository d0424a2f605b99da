// What needs a person? Alarms from raised to cleared, and the log of the shift.
import { useEffect, useState } from "preact/hooks";
import type { Alarm, AlarmsPage, Severity } from "../api";
import { clock, num } from "../format";
import { may, post, Refused, useData } from "../http";
import { frame, notices } from "../live";
import { lang, said, words } from "../prefs";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import type { Tone } from "../parts/panel";
import { Caption, Panel, Tag } from "../parts/panel";
import { useNames } from "../parts/names";
import { Empty, Failed, Show } from "../parts/states";

const ASK_EVERY_MS = 4_000;
const RANK: Record<Severity, number> = { critical: 0, major: 1, minor: 2, info: 3 };
const TONES: Record<Severity, Tone> = { critical: "bad", major: "warn", minor: "info", info: "calm" };

type Tab = "raised" | "acknowledged" | "cleared";

export function Alarms(_: { rest: string }) {
  const w = words.value.alarms;
  const page = useData<AlarmsPage>("/alarms.json", ASK_EVERY_MS);
  const open = frame.value?.alarms.open;
  useEffect(() => page.reload(), [notices.value, open]);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => (
          <div class="grid alarms">
            <List page={data} reload={page.reload} />
            <Log page={data} reload={page.reload} />
          </div>
        )}
      </Show>
    </>
  );
}

function List({ page, reload }: { page: AlarmsPage; reload: () => void }) {
  const w = words.value.alarms;
  const names = useNames();
  const [tab, setTab] = useState<Tab>("raised");
  const [asked, ask] = useState<{ alarm: Alarm; verb: "acknowledge" | "clear" } | null>(null);
  const tabs: [Tab, string][] = [["raised", w.open], ["acknowledged", w.acknowledgedTab], ["cleared", w.cleared]];
  const of = (which: Tab): Alarm[] => page.items.filter((one) => one.state === which);
  const rows = of(tab).sort((a, b) => (RANK[a.severity] ?? 9) - (RANK[b.severity] ?? 9) || b.raised_at.localeCompare(a.raised_at));
  return (
    <section class="panel" aria-label={words.value.nav.alarms}>
      <div class="segments" role="group" aria-label={words.value.sites.stateLabel}>
        {tabs.map(([key, name]) => (
          <button key={key} type="button" aria-pressed={tab === key} onClick={() => setTab(key)}>
            {name} <span class="count">{num(of(key).length)}</span>
          </button>
        ))}
      </div>
      {rows.length === 0 ? (
        <Empty>{tab === "raised" ? w.noOpen : w.noneHere}</Empty>
      ) : (
        <ul class="alarm-list">
          {rows.map((alarm) => (
            <li key={alarm.id} class={`alarm ${TONES[alarm.severity] ?? "calm"}`}>
              <div class="alarm-main">
                <p class="alarm-top">
                  <Tag tone={TONES[alarm.severity] ?? "calm"}>{w.severity[alarm.severity] ?? alarm.severity}</Tag>
                  <strong>{said(alarm.text)}</strong>
                </p>
                <p class="soft">
                  {w.places[alarm.where] ?? names.get(alarm.where) ?? alarm.where} · {w.since} {clock(alarm.raised_at)}
                  {alarm.by && ` · ${w.acknowledgedBy} ${alarm.by}`}
                  {alarm.cleared_at && ` · ${w.clearedAt} ${clock(alarm.cleared_at)}`}
                </p>
                {alarm.remedy && <p>{w.remedy}{words.value.colon}{said(alarm.remedy)}</p>}
                {alarm.note && <p class="soft">{w.note}{words.value.colon}{alarm.note}</p>}
              </div>
              {tab !== "cleared" && (
                <div class="alarm-acts">
                  {tab === "raised" && (
                    <button type="button" class="primary" disabled={!may("alarms_acknowledge")} title={may("alarms_acknowledge") ? undefined : words.value.states.mayNot} onClick={() => ask({ alarm, verb: "acknowledge" })}>
                      {w.acknowledge}
                    </button>
                  )}
                  <button type="button" disabled={!may("alarms_clear") || alarm.standing === true} title={alarm.standing ? w.stands : undefined} onClick={() => ask({ alarm, verb: "clear" })}>{w.clear}</button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      <Caption of={page} />
      {asked && (
        <Act
          alarm={asked.alarm}
          verb={asked.verb}
          onClose={() => {
            ask(null);
            reload();
          }}
        />
      )}
    </section>
  );
}

function Act({ alarm, verb, onClose }: { alarm: Alarm; verb: "acknowledge" | "clear"; onClose: () => void }) {
  const w = words.value.alarms;
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState<Refused | null>(null);
  const act = async (): Promise<void> => {
    try {
      await post(`/alarms/${encodeURIComponent(alarm.id)}/${verb}`, note ? { note } : {});
      announce(`${verb === "acknowledge" ? w.acknowledgedTab : w.cleared}: ${said(alarm.text)}`);
      onClose();
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <Dialog
      title={verb === "acknowledge" ? w.ackTitle : w.clearTitle}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>{words.value.cancel}</button>
          <button type="button" class="primary" onClick={() => void act()}>{verb === "acknowledge" ? w.acknowledge : w.clear}</button>
        </>
      }
    >
      <p>
        <Tag tone={TONES[alarm.severity] ?? "calm"}>{w.severity[alarm.severity] ?? alarm.severity}</Tag> <strong>{said(alarm.text)}</strong>
      </p>
      <p class="soft">{w.places[alarm.where] ?? alarm.where} · {w.since} {clock(alarm.raised_at)}</p>
      <p>{verb === "acknowledge" ? w.ackNote : w.clearNote}</p>
      <label class="field">
        <span>{w.note}</span>
        <textarea rows={2} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
      {problem && <Failed problem={problem} />}
    </Dialog>
  );
}

function Log({ page, reload }: { page: AlarmsPage; reload: () => void }) {
  const w = words.value.alarms;
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Refused | null>(null);
  const add = async (): Promise<void> => {
    try {
      await post("/shift-log", { text });
      setText("");
      setProblem(null);
      reload();
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <Panel title={w.log} of={page}>
      {may("shift_log") && (
        <form
          class="log-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) void add();
          }}
        >
          <label class="field grow">
            <span>{w.write}</span>
            <textarea rows={2} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={!text.trim()}>{w.add}</button>
        </form>
      )}
      {problem && <Failed problem={problem} />}
      {page.log.length === 0 ? (
        <Empty>{w.noLog}</Empty>
      ) : (
        <ol class="log">
          {page.log.map((one, k) => (
            <li key={k}>
              <p class="soft"><time dateTime={one.at}>{clock(one.at, "short")}</time> · {one.by}</p>
              <p>{lang.value === "zh" ? one.text_zh || one.text : one.text}</p>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
