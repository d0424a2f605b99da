// Who lets power or money move? Shows what will be set, on whose authority and until when, and asks.
import { useEffect, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import type { Proposal } from "../api";
import { clock, num, percent } from "../format";
import { may, me, post, Refused, useData } from "../http";
import { frame, notices } from "../live";
import { said, words } from "../prefs";
import { Dialog } from "./dialog";
import { Empty, Failed, Show } from "./states";
import { Table } from "./table";
import { useNames } from "./names";
import { announce } from "./announce";
import { Tag } from "./panel";

export const approvalsOpen = signal(false);

const MONEY = new Set(["bid", "nomination", "settlement"]);

interface Listed {
  items: Proposal[];
}

/** What waits, one below the other; each opens on its own. */
export function Approvals() {
  const w = words.value.approvals;
  const list = useData<Listed>("/proposals.json", 5_000);
  const [chosen, choose] = useState<Proposal | null>(null);
  const waiting = frame.value?.proposals.waiting;
  useEffect(() => list.reload(), [notices.value, waiting]);
  if (chosen)
    return (
      <Approve
        proposal={chosen}
        onDone={() => {
          choose(null);
          list.reload();
        }}
      />
    );
  return (
    <Dialog title={w.title} onClose={() => (approvalsOpen.value = false)} wide>
      <p class="soft">{w.lead}</p>
      <Show of={list} rows={3}>
        {({ items }) => {
          const open = items.filter((one) => !one.state || one.state === "waiting" || one.state === "proposed");
          return open.length === 0 ? (
            <Empty>{w.none}</Empty>
          ) : (
            <ul class="cards">
              {open.map((one) => (
                <li key={one.id} class="card">
                  <div>
                    <Tag tone="warn">{w.kinds[one.kind] ?? one.kind}</Tag>
                    <strong>{said(one.title)}</strong>
                    <p class="soft">
                      {w.until} {clock(one.until)} · {said(one.authority)}
                    </p>
                  </div>
                  <button type="button" onClick={() => choose(one)}>
                    {w.open}
                    <span class="unseen"> {said(one.title)}</span>
                  </button>
                </li>
              ))}
            </ul>
          );
        }}
      </Show>
    </Dialog>
  );
}

function Approve({ proposal, onDone }: { proposal: Proposal; onDone: () => void }) {
  const w = words.value.approvals;
  const [reason, setReason] = useState("");
  const [read, setRead] = useState(false);
  const [problem, setProblem] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const names = useNames();
  // A call for less power has no value before: it is a change by itself.
  const change = proposal.sets?.some((row) => row.from != null);
  const allowed = may("proposals_approve");
  const decide = async (verb: "approve" | "reject"): Promise<void> => {
    setBusy(true);
    try {
      await post(`/proposals/${proposal.id}/${verb}`, reason ? { reason } : {});
      announce(verb === "approve" ? w.approved : w.rejected);
      onDone();
    } catch (error) {
      setProblem(error as Refused);
      setBusy(false);
    }
  };
  const actions = (
    <>
      {!allowed && <span class="soft">{words.value.states.mayNot}</span>}
      <button type="button" class="danger" disabled={!allowed || busy} onClick={() => void decide("reject")}>
        {w.reject}
      </button>
      <button type="button" class="primary" disabled={!allowed || !read || busy} onClick={() => void decide("approve")}>
        {w.approve}
      </button>
    </>
  );
  return (
    <Dialog title={said(proposal.title)} onClose={onDone} actions={actions} wide>
      <p class="strip warn">{MONEY.has(proposal.kind) ? w.movesMoney : w.movesPower}</p>
      <dl class="facts">
        <div><dt>{w.authority}</dt><dd>{said(proposal.authority) || "–"}</dd></div>
        <div><dt>{w.from}</dt><dd>{clock(proposal.from ?? proposal.made_at)}</dd></div>
        <div><dt>{w.until}</dt><dd>{clock(proposal.until)}</dd></div>
        <div><dt>{w.reason}</dt><dd>{said(proposal.reason) || "–"}</dd></div>
        <div><dt>{w.cost}</dt><dd>{proposal.cost_cny == null ? w.noCost : `${num(proposal.cost_cny, 2)} CNY`}</dd></div>
        {proposal.gap_share != null && <div><dt>{w.proof}</dt><dd>{words.value.now_.gap} {percent(proposal.gap_share, 3)}</dd></div>}
      </dl>
      <h3>{w.sets}</h3>
      <Table
        label={w.sets}
        rows={proposal.sets ?? []}
        columns={[
          { key: "where", head: w.where, cell: (row) => names.get(row.where) ?? row.where },
          { key: "what", head: w.what, cell: (row) => said(row.what) },
          ...(change ? [{ key: "from", head: w.before, number: true, cell: (row: Proposal["sets"][number]) => num(row.from, 2) }] : []),
          { key: "to", head: change ? w.after : words.value.sites.value, number: true, cell: (row) => <strong>{num(row.to, 2)}</strong> },
          { key: "unit", head: words.value.unit, cell: (row) => row.unit },
        ]}
      />
      <label class="field">
        <span>{w.comment}</span>
        <textarea rows={2} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <label class="tick">
        <input type="checkbox" checked={read} disabled={!allowed} onChange={(event) => setRead(event.currentTarget.checked)} />
        <span>{w.confirm(me.value?.name ?? "")}</span>
      </label>
      {problem && <Failed problem={problem} />}
    </Dialog>
  );
}
