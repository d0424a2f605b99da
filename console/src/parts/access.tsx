// How is somebody let in? Roles to tick, a password to choose, a list that goes on, in one form for every page of access.
import { useEffect, useId, useState } from "preact/hooks";
import type { Page } from "../api";
import { ended, get, me, post, Refused, useData } from "../http";
import type { Loaded } from "../http";
import { lang, words } from "../prefs";
import { go } from "../router";
import { announce } from "./announce";
import { Dialog } from "./dialog";
import { Failed } from "./states";

export const ROLES = ["viewer", "planner", "operator", "trader", "auditor", "admin"] as const;
/** As the server asks for it. */
export const NAME = "[a-z0-9][a-z0-9._@\\-]{0,63}";
const PASSWORD_MIN = 12;
const PASSWORD_MAX = 256;
const DIFFERENT_MIN = 5;
const PAGE = 200;

/** Words in a row, as the language joins them. */
export const joined = (all: string[]): string => all.join(lang.value === "zh" ? "、" : ", ");
export const roleNames = (roles: string[]): string => joined(ROLES.filter((role) => roles.includes(role)).map((role) => words.value.roles[role] ?? role));

/** What speaks against a password, in the reader's words; empty where nothing does. The server judges again. */
export function wrongWith(password: string, name: string): string {
  const w = words.value.access;
  if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX) return w.passwordLength(password.length);
  if (new Set(password).size < DIFFERENT_MIN) return w.passwordSame;
  return name && password.toLowerCase().includes(name.toLowerCase()) ? w.passwordName : "";
}

interface TicksProps {
  legend: string;
  all: readonly string[];
  chosen: string[];
  onChange: (next: string[]) => void;
  name: (key: string) => string;
  says: (key: string) => string;
  /** Those that may not be changed, with the reason. */
  shut?: (key: string) => string;
}

/** Several of some, each with what it is for. */
export function Ticks({ legend, all, chosen, onChange, name, says, shut }: TicksProps) {
  return (
    <fieldset class="ticks">
      <legend>{legend}</legend>
      {all.map((key) => {
        const why = shut?.(key) ?? "";
        return (
          <label key={key} class="tick">
            <input type="checkbox" checked={chosen.includes(key)} disabled={why !== ""} onChange={(event) => onChange(event.currentTarget.checked ? [...chosen, key] : chosen.filter((one) => one !== key))} />
            <span>
              {name(key)} <em>{why || says(key)}</em>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

interface PasswordFieldProps {
  label: string;
  value: string;
  onInput: (next: string) => void;
  /** Whose it is to be: only then it is judged. */
  of?: string;
}

/** A password that may be looked at while it is typed. */
export function PasswordField({ label, value, onInput, of }: PasswordFieldProps) {
  const w = words.value.access;
  const id = useId();
  const [seen, see] = useState(false);
  const wrong = of !== undefined && value ? wrongWith(value, of) : "";
  const typed = { id, "aria-describedby": of === undefined ? undefined : `${id}-says`, autocomplete: of === undefined ? "current-password" : "new-password", required: true, maxLength: PASSWORD_MAX, spellcheck: false, value, onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value) };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="password-row">
        {seen ? <input type="text" {...typed} /> : <input type="password" {...typed} />}
        <button type="button" aria-pressed={seen} onClick={() => see(!seen)}>{seen ? w.hide : w.show}</button>
      </span>
      {of !== undefined && <small id={`${id}-says`} class={wrong ? "wrong" : undefined} role={wrong ? "status" : undefined}>{wrong || w.passwordHint}</small>}
    </div>
  );
}

/** A list that is asked for page by page; asking anew begins at its first page. */
export function useList<Row>(path: string, key: (row: Row) => string): Loaded<Page<Row>> & { reload: () => void; more: (() => void) | null; problem_: Refused | null } {
  const first = useData<Page<Row>>(`${path}?limit=${PAGE}`);
  const [rest, setRest] = useState<{ items: Row[]; next: string | null } | null>(null);
  const [problem, setProblem] = useState<Refused | null>(null);
  useEffect(() => setRest(null), [first.data]);
  if (first.data === null) return { ...first, more: null, problem_: null };
  const next = rest ? rest.next : first.data.next;
  const had = new Set(first.data.items.map(key));
  const items = [...first.data.items, ...(rest?.items ?? []).filter((row) => !had.has(key(row)))];
  const more = (): void =>
    void get<Page<Row>>(`${path}?limit=${PAGE}&cursor=${encodeURIComponent(next ?? "")}`).then(
      (told) => setRest({ items: [...(rest?.items ?? []), ...told.items], next: told.next }),
      (error: Refused) => setProblem(error),
    );
  return { ...first, data: { ...first.data, items }, more: next ? more : null, problem_: problem } as ReturnType<typeof useList<Row>>;
}

/** One's own password, by who knows the old one. */
export function OwnPassword({ onClose }: { onClose: () => void }) {
  const w = words.value.access;
  const name = me.value?.name ?? "";
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState<Refused | null>(null);
  const change = async (): Promise<void> => {
    setProblem(null);
    try {
      await post("/me/password", { old, new: next });
      announce(w.passwordChanged);
      ended.value = false;
      me.value = null;
      go("/sign-in");
    } catch (error) {
      const refused = error as Refused;
      setProblem(refused.status === 403 ? new Refused(403, { detail: w.oldWrong }) : refused);
    }
  };
  return (
    <Dialog
      title={w.ownPassword}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>{words.value.cancel}</button>
          <button type="submit" form="own-password" class="primary" disabled={!old || !next || wrongWith(next, name) !== ""}>{w.ownPassword}</button>
        </>
      }
    >
      <form
        id="own-password"
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void change();
        }}
      >
        <p>{w.sessionsEnd}</p>
        <PasswordField label={w.oldPassword} value={old} onInput={setOld} />
        <PasswordField label={w.newPassword} value={next} onInput={setNext} of={name} />
        {problem && <Failed problem={problem} act />}
      </form>
    </Dialog>
  );
}
