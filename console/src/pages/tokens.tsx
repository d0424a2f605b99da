// Which programs may come in, for what and until when?
import { useState } from "preact/hooks";
import type { Token } from "../api";
import { clock, num } from "../format";
import { may, me, post, Refused, send } from "../http";
import { words } from "../prefs";
import { joined, NAME, roleNames, ROLES, Ticks, useList } from "../parts/access";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import type { Tone } from "../parts/panel";
import { Panel, Tag } from "../parts/panel";
import { Empty, Failed, Show } from "../parts/states";
import { Table } from "../parts/table";

const OF_MANAGEMENT = ["read", "plan", "operate", "trade", "audit", "admin"] as const;
const OF_CONTROL = ["telemetry", "advice"] as const;
const DAYS = 90;
const DAYS_MAX = 366;

type State = "works" | "ended" | "revoked";
const TONES: Record<State, Tone> = { works: "good", ended: "calm", revoked: "bad" };
const stateOf = (token: Token, at: string): State => (token.revoked_at ? "revoked" : Date.parse(token.ends_at) <= Date.parse(at) ? "ended" : "works");
const admin = (): boolean => me.value?.roles.includes("admin") ?? false;
const scopeNames = (scopes: string[]): string => joined(scopes.map((scope) => words.value.access.scopes[scope] ?? scope));

export function Tokens(_: { rest: string }) {
  const w = words.value.access;
  const list = useList<Token>("/tokens.json", (one) => one.id);
  const [making, make] = useState(false);
  const [ending, end] = useState<Token | null>(null);
  const [shown, setShown] = useState<{ token: Token; secret: string } | null>(null);
  const [all, setAll] = useState(false);
  return (
    <>
      <p class="lead">{w.tokensLead}</p>
      <Show of={list}>
        {(page) => {
          const rows = page.items.filter((row) => all || stateOf(row, page.at) === "works");
          const choices = (
            <>
              <div class="segments" role="group" aria-label={w.state}>
                <button type="button" aria-pressed={!all} onClick={() => setAll(false)}>{w.inForce}</button>
                <button type="button" aria-pressed={all} onClick={() => setAll(true)}>{words.value.all} <span class="count">{num(page.items.length)}</span></button>
              </div>
              {may("tokens_add") && <button type="button" class="primary" onClick={() => make(true)}>{w.make}</button>}
            </>
          );
          return (
            <Panel title={w.tokens} note={admin() || me.value?.roles.includes("auditor") ? w.tokensAll : w.tokensOwn} of={page} actions={choices}>
              {rows.length === 0 ? <Empty>{page.items.length ? w.noneWorks : w.noTokens}</Empty> : <Rows rows={rows} at={page.at} end={end} />}
              {list.more && <button type="button" onClick={list.more}>{words.value.more}</button>}
              {list.problem_ && <Failed problem={list.problem_} />}
            </Panel>
          );
        }}
      </Show>
      {making && (
        <Make
          onClose={() => make(false)}
          onMade={(made) => {
            make(false);
            setShown(made);
            list.reload();
          }}
        />
      )}
      {shown && <Shown token={shown.token} secret={shown.secret} onClose={() => setShown(null)} />}
      {ending && (
        <Revoke
          token={ending}
          onClose={() => end(null)}
          onDone={() => {
            announce(`${ending.name}${words.value.colon}${w.revoked}`);
            end(null);
            list.reload();
          }}
        />
      )}
    </>
  );
}

function Rows({ rows, at, end }: { rows: Token[]; at: string; end: (token: Token) => void }) {
  const w = words.value.access;
  const mine = (row: Token): boolean => may("tokens_revoke") && (admin() || row.by === me.value?.name);
  return (
    <Table
      label={w.tokens}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: "n", head: w.token, cell: (row) => <span title={row.id}>{row.name}</span> },
        { key: "s", head: w.state, cell: (row) => <Tag tone={TONES[stateOf(row, at)]}>{w[stateOf(row, at)]}</Tag> },
        { key: "b", head: w.by, cell: (row) => row.by },
        { key: "r", head: w.roles, wide: true, cell: (row) => roleNames(row.roles) },
        { key: "c", head: w.scopesAre, wide: true, cell: (row) => scopeNames(row.scopes) },
        { key: "z", head: w.zone, wide: true, cell: (row) => <>{w.zones[row.zone] ?? row.zone}{row.sites.length > 0 && <em> {row.sites.join(", ")}</em>}</> },
        { key: "m", head: w.madeAt, wide: true, fixed: true, cell: (row) => clock(row.made_at, "day") },
        { key: "e", head: w.endsAt, fixed: true, cell: (row) => clock(row.revoked_at ?? row.ends_at, "day") },
        { key: "x", head: <span class="unseen">{w.revoke}</span>, cell: (row) => (stateOf(row, at) === "works" && mine(row) ? <button type="button" class="danger" onClick={() => end(row)}>{w.revoke}<span class="unseen"> {row.name}</span></button> : null) },
      ]}
    />
  );
}

function Make({ onMade, onClose }: { onMade: (made: { token: Token; secret: string }) => void; onClose: () => void }) {
  const w = words.value.access;
  const own = me.value?.roles ?? [];
  const [name, setName] = useState("");
  const [zone, setZone] = useState<"management" | "control">("management");
  const [roles, setRoles] = useState<string[]>(own.includes("viewer") ? ["viewer"] : own.slice(0, 1));
  const [scopes, setScopes] = useState<string[]>(["read"]);
  const [days, setDays] = useState(String(DAYS));
  const [sites, setSites] = useState("");
  const [problem, setProblem] = useState<Refused | null>(null);
  const control = zone === "control";
  const bound = sites.split(/[\s,，、]+/).filter(Boolean);
  const right = new RegExp(`^${NAME}$`).test(name) && roles.length > 0 && scopes.length > 0 && Number(days) > 0 && Number(days) <= DAYS_MAX && (!control || bound.length > 0);
  const into = (next: "management" | "control"): void => {
    setZone(next);
    setScopes(next === "control" ? [...OF_CONTROL] : ["read"]);
    if (next === "control") setRoles(["operator"]);
  };
  const make = async (): Promise<void> => {
    setProblem(null);
    try {
      onMade((await post<{ token: Token; secret: string }>("/tokens", { name, roles, scopes, zone, days: Number(days), sites: control ? bound : [] })).body);
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <Dialog
      title={w.make}
      onClose={onClose}
      wide
      actions={
        <>
          <button type="button" onClick={onClose}>{words.value.cancel}</button>
          <button type="submit" form="make-token" class="primary" disabled={!right}>{w.make}</button>
        </>
      }
    >
      <form
        id="make-token"
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (right) void make();
        }}
      >
        <p>{w.makeNote}</p>
        <label class="field">
          <span>{w.tokenName}</span>
          <input required pattern={NAME} maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          <small>{w.nameHint}</small>
        </label>
        {admin() && (
          <fieldset class="choices">
            <legend>{w.zone}</legend>
            {(["management", "control"] as const).map((one) => (
              <label key={one}>
                <input type="radio" name="zone" checked={zone === one} onChange={() => into(one)} />
                <span>{w.zones[one]}</span>
              </label>
            ))}
          </fieldset>
        )}
        {control && (
          <label class="field">
            <span>{w.sites}</span>
            <textarea rows={2} required spellcheck={false} value={sites} onInput={(event) => setSites(event.currentTarget.value)} />
            <small>{w.sitesHint}</small>
          </label>
        )}
        <Ticks legend={w.scopesAre} all={control ? OF_CONTROL : OF_MANAGEMENT} chosen={scopes} onChange={setScopes} name={(scope) => w.scopes[scope] ?? scope} says={(scope) => w.scopeIs[scope] ?? ""} />
        <Ticks legend={w.roles} all={admin() ? ROLES : ROLES.filter((role) => own.includes(role))} chosen={roles} onChange={setRoles} name={(role) => words.value.roles[role] ?? role} says={(role) => w.roleIs[role] ?? ""} />
        <label class="field">
          <span>{w.days} <em>d</em></span>
          <input type="number" inputMode="decimal" min="0.1" max={DAYS_MAX} step="any" required value={days} onInput={(event) => setDays(event.currentTarget.value)} />
          <small>{w.daysHint(DAYS_MAX)}</small>
        </label>
        {problem && <Failed problem={problem} act />}
      </form>
    </Dialog>
  );
}

/** The secret, this once: closed by who has kept it, not by a slip of a key. */
function Shown({ token, secret, onClose }: { token: Token; secret: string; onClose: () => void }) {
  const w = words.value.access;
  const [kept, keep] = useState(false);
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      // Without https a browser gives no clipboard: then it is marked, for the hand.
      await navigator.clipboard.writeText(secret);
      setCopied(true);
      announce(w.copied, true);
    } catch {
      document.querySelector<HTMLInputElement>("#secret")?.select();
    }
  };
  return (
    <Dialog title={`${w.token}${words.value.colon}${token.name}`} onClose={onClose} held actions={<button type="button" class="primary" disabled={!kept} onClick={onClose}>{w.finished}</button>}>
      <p class="strip warn">{w.once}</p>
      <div class="field">
        <label for="secret">{w.secret}</label>
        <span class="password-row">
          <input id="secret" class="mono" readOnly value={secret} onFocus={(event) => event.currentTarget.select()} />
          <button type="button" onClick={() => void copy()}>{copied ? w.copied : w.copy}</button>
        </span>
      </div>
      <p>{w.sendAs}</p>
      <pre tabIndex={0}>Authorization: Bearer {secret.slice(0, 8)}…</pre>
      <p class="soft">{w.endsAt}{words.value.colon}{clock(token.ends_at)}</p>
      <label class="tick">
        <input type="checkbox" checked={kept} onChange={(event) => keep(event.currentTarget.checked)} />
        <span>{w.keptIt}</span>
      </label>
    </Dialog>
  );
}

function Revoke({ token, onDone, onClose }: { token: Token; onDone: () => void; onClose: () => void }) {
  const w = words.value.access;
  const [problem, setProblem] = useState<Refused | null>(null);
  const revoke = async (): Promise<void> => {
    try {
      await send("DELETE", `/tokens/${encodeURIComponent(token.id)}`, undefined);
      onDone();
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  return (
    <Dialog
      title={`${w.revoke}${words.value.colon}${token.name}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>{words.value.cancel}</button>
          <button type="button" class="danger" onClick={() => void revoke()}>{w.revoke}</button>
        </>
      }
    >
      <p class="strip warn">{w.revokeSays}</p>
      <dl class="facts">
        <div><dt>{w.by}</dt><dd>{token.by}</dd></div>
        <div><dt>{w.roles}</dt><dd>{roleNames(token.roles)}</dd></div>
        <div><dt>{w.scopesAre}</dt><dd>{scopeNames(token.scopes)}</dd></div>
        <div><dt>{w.zone}</dt><dd>{w.zones[token.zone] ?? token.zone}</dd></div>
        <div><dt>{w.endsAt}</dt><dd>{clock(token.ends_at)}</dd></div>
      </dl>
      {problem && <Failed problem={problem} act />}
    </Dialog>
  );
}
