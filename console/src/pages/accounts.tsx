// Who may come in, and as what?
import { useState } from "preact/hooks";
import type { Account, Token } from "../api";
import { num } from "../format";
import { may, me, post, Refused, useData } from "../http";
import type { Page } from "../api";
import { words } from "../prefs";
import { NAME, PasswordField, roleNames, ROLES, Ticks, useList, wrongWith } from "../parts/access";
import { announce } from "../parts/announce";
import { Dialog } from "../parts/dialog";
import { Panel, Tag } from "../parts/panel";
import { Empty, Failed, Show } from "../parts/states";
import { Table } from "../parts/table";

const roleWord = (role: string): string => words.value.roles[role] ?? role;
const roleSays = (role: string): string => words.value.access.roleIs[role] ?? "";

export function Accounts(_: { rest: string }) {
  const w = words.value.access;
  const list = useList<Account>("/accounts.json", (one) => one.name);
  const [adding, add] = useState(false);
  const [chosen, choose] = useState<string | null>(null);
  const change = may("accounts_change");
  return (
    <>
      <p class="lead">{w.accountsLead}</p>
      <Show of={list}>
        {(page) => {
          const one = page.items.find((row) => row.name === chosen);
          const done = (said: string): void => {
            announce(said);
            add(false);
            choose(null);
            list.reload();
          };
          return (
            <Panel title={w.accounts} note={w.accountsNote} of={page} actions={may("accounts_add") && <button type="button" class="primary" onClick={() => add(true)}>{w.add}</button>}>
              {!change && <p class="soft">{w.lookOnly}</p>}
              {page.items.length === 0 ? <Empty>{w.noAccounts}</Empty> : <Rows rows={page.items} change={change ? choose : null} />}
              {list.more && <button type="button" onClick={list.more}>{words.value.more}</button>}
              {list.problem_ && <Failed problem={list.problem_} />}
              {adding && <Add taken={page.items.map((row) => row.name)} onDone={done} onClose={() => add(false)} />}
              {one && <Change account={one} onDone={done} onClose={() => choose(null)} />}
            </Panel>
          );
        }}
      </Show>
    </>
  );
}

function Rows({ rows, change }: { rows: Account[]; change: ((name: string) => void) | null }) {
  const w = words.value.access;
  return (
    <Table
      label={w.accounts}
      rows={rows}
      id={(row) => row.name}
      columns={[
        { key: "n", head: w.name, cell: (row) => <>{row.name}{row.name === me.value?.name && <em> {w.you}</em>}</> },
        { key: "s", head: w.state, cell: (row) => <Tag tone={row.disabled ? "bad" : "good"}>{row.disabled ? w.disabled : w.active}</Tag> },
        { key: "r", head: w.roles, cell: (row) => roleNames(row.roles) },
        { key: "t", head: w.tenant, wide: true, cell: (row) => row.tenant },
        { key: "z", head: w.zone, wide: true, cell: () => w.zones.management },
        { key: "f", head: w.failures, number: true, wide: true, cell: (row) => num(row.failures) },
        ...(change ? [{ key: "c", head: <span class="unseen">{w.change}</span>, cell: (row: Account) => <button type="button" onClick={() => change(row.name)}>{w.change}<span class="unseen"> {row.name}</span></button> }] : []),
      ]}
    />
  );
}

interface DoneProps {
  onDone: (said: string) => void;
  onClose: () => void;
}

function Add({ taken, onDone, onClose }: DoneProps & { taken: string[] }) {
  const w = words.value.access;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [roles, setRoles] = useState<string[]>(["viewer"]);
  const [problem, setProblem] = useState<Refused | null>(null);
  const has = taken.includes(name);
  const add = async (): Promise<void> => {
    setProblem(null);
    try {
      await post("/accounts", { name, password, roles });
      onDone(w.added(name));
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  const right = new RegExp(`^${NAME}$`).test(name) && !has && roles.length > 0 && wrongWith(password, name) === "";
  return (
    <Dialog
      title={w.add}
      onClose={onClose}
      wide
      actions={
        <>
          <button type="button" onClick={onClose}>{words.value.cancel}</button>
          <button type="submit" form="add-account" class="primary" disabled={!right}>{w.add}</button>
        </>
      }
    >
      <form
        id="add-account"
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (right) void add();
        }}
      >
        <label class="field">
          <span>{w.name}</span>
          <input required pattern={NAME} maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          <small class={has ? "wrong" : undefined} role={has ? "status" : undefined}>{has ? w.taken : w.nameHint}</small>
        </label>
        <PasswordField label={w.password} value={password} onInput={setPassword} of={name} />
        <Ticks legend={w.roles} all={ROLES} chosen={roles} onChange={setRoles} name={roleWord} says={roleSays} />
        <dl class="facts">
          <div><dt>{w.tenant}</dt><dd>{me.value?.tenant} <em>{w.tenantWhy}</em></dd></div>
          <div><dt>{w.zone}</dt><dd>{w.zones.management} <em>{w.zoneWhy}</em></dd></div>
        </dl>
        <p class="soft">{w.keptNote}</p>
        {problem && <Failed problem={problem} act />}
      </form>
    </Dialog>
  );
}

type Step = "roles" | "password" | "disable" | "enable";

/** First what is to be, then what follows from it, then it is done. */
function Change({ account, onDone, onClose }: DoneProps & { account: Account }) {
  const w = words.value.access;
  const [roles, setRoles] = useState(account.roles);
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<Step | null>(null);
  const [problem, setProblem] = useState<Refused | null>(null);
  const tokens = useData<Page<Token>>("/tokens.json?limit=500").data?.items.filter((one) => one.by === account.name && !one.revoked_at && Date.parse(one.ends_at) > Date.now()) ?? [];
  const self = account.name === me.value?.name;
  const same = ROLES.every((role) => roles.includes(role) === account.roles.includes(role));
  const path = `/accounts/${encodeURIComponent(account.name)}`;
  const begin = (next: Step | null): void => {
    setProblem(null);
    setStep(next);
  };
  const act = async (): Promise<void> => {
    setProblem(null);
    try {
      if (step === "password") await post(`${path}/password`, { password });
      else await post(path, step === "roles" ? { roles } : { disabled: step === "disable" });
      onDone(`${account.name}${words.value.colon}${step === "roles" ? w.rolesSaved : step === "password" ? w.passwordSet : step === "disable" ? w.disabled : w.active}`);
    } catch (error) {
      setProblem(error as Refused);
    }
  };
  const lost = step === "disable" ? tokens : step === "roles" ? tokens.filter((one) => !one.roles.every((role) => roles.includes(role))) : [];
  const names: Record<Step, string> = { roles: w.saveRoles, password: w.setPassword, disable: w.disable, enable: w.enable };
  if (step)
    return (
      <Dialog
        key={step}
        title={`${names[step]}${words.value.colon}${account.name}`}
        onClose={onClose}
        actions={
          <>
            <button type="button" onClick={() => begin(null)}>{w.back}</button>
            <button type="button" class={step === "disable" ? "danger" : "primary"} disabled={step === "password" && wrongWith(password, account.name) !== ""} onClick={() => void act()}>{names[step]}</button>
          </>
        }
      >
        {step === "roles" && (
          <dl class="facts">
            <div><dt>{words.value.approvals.before}</dt><dd>{roleNames(account.roles)}</dd></div>
            <div><dt>{words.value.approvals.after}</dt><dd>{roleNames(roles)}</dd></div>
          </dl>
        )}
        {step === "password" && <PasswordField label={w.newPassword} value={password} onInput={setPassword} of={account.name} />}
        <p class="strip warn">{step === "enable" ? w.enableSays : step === "disable" ? w.disableSays : w.sessionsEnd}</p>
        {lost.length > 0 && <p>{w.tokensEnd(lost.length)} {lost.map((one) => one.name).join(", ")}</p>}
        {problem && <Failed problem={problem} act />}
      </Dialog>
    );
  return (
    <Dialog title={`${w.account}${words.value.colon}${account.name}`} onClose={onClose} wide>
      <dl class="facts">
        <div><dt>{w.state}</dt><dd><Tag tone={account.disabled ? "bad" : "good"}>{account.disabled ? w.disabled : w.active}</Tag></dd></div>
        <div><dt>{w.tenant}</dt><dd>{account.tenant}</dd></div>
        <div><dt>{w.zone}</dt><dd>{w.zones.management} <em>{w.zoneWhy}</em></dd></div>
        <div><dt>{w.failures}</dt><dd>{num(account.failures)}</dd></div>
        <div><dt>{w.tokensOf}</dt><dd>{tokens.length ? tokens.map((one) => one.name).join(", ") : words.value.none}</dd></div>
      </dl>
      <Ticks legend={w.roles} all={ROLES} chosen={roles} onChange={setRoles} name={roleWord} says={roleSays} shut={(role) => (self && role === "admin" ? w.lockOut : "")} />
      <div class="row">
        <button type="button" class="primary" disabled={same || roles.length === 0} onClick={() => begin("roles")}>{w.saveRoles}</button>
        <button type="button" onClick={() => begin("password")}>{w.setPassword}</button>
        {account.disabled ? (
          <button type="button" onClick={() => begin("enable")}>{w.enable}</button>
        ) : (
          <button type="button" class="danger" disabled={self} onClick={() => begin("disable")}>{w.disable}</button>
        )}
      </div>
      {self && <p class="soft">{w.lockOut}</p>}
    </Dialog>
  );
}
