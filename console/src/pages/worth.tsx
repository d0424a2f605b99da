// What was an event worth: which plan it was counted against, what was paid by which line, and to whom?
import type { VppEvent } from "../api";
import { clock, num, yuan } from "../format";
import { said, words } from "../prefs";
import { joined } from "../parts/access";
import { From } from "../parts/marks";
import { Figure, Figures, Tag } from "../parts/panel";
import { Table } from "../parts/table";

const SHOWN = 200;

export function Worth({ event }: { event: VppEvent }) {
  const w = words.value.vpp;
  const { plan, statement } = event;
  const ofRun = event.from != null;
  if (!plan && !statement && !ofRun) return null;
  const paid = statement ? statement.paid : event.valid;
  const why = said(statement ? statement.why_not : event.why_not);
  const lines = statement?.lines ?? event.lines ?? [];
  const assumed = (statement?.assumed ?? event.assumed ?? []).map((one) => w.assumedIs[said(one)] ?? said(one));
  const known = statement !== null && statement !== undefined;
  return (
    <>
      <h3 class="row">
        {w.statement}
        {ofRun && <From mark={event.from} />}
        {event.ledger && <Tag tone="warn">{event.ledger === "provisional" ? w.provisional : event.ledger}</Tag>}
      </h3>
      <dl class="facts">
        {event.baseline_is && <div><dt>{w.baseline}</dt><dd>{said(event.baseline_is)}</dd></div>}
        {plan && <div><dt>{w.logged}</dt><dd>{clock(plan.logged_at)} · {w.record} {num(plan.sequence)} · <code title={plan.mark}>{plan.mark.slice(0, 16)}…</code></dd></div>}
        {statement?.programme && <div><dt>{w.programme}</dt><dd>{statement.programme.replaceAll("_", " ")}</dd></div>}
        {said(statement?.clause) && <div><dt>{words.value.market.clause}</dt><dd>{said(statement?.clause)}</dd></div>}
        {assumed.length > 0 && <div><dt>{w.assumed}</dt><dd>{joined(assumed)}</dd></div>}
      </dl>
      {statement?.called_kwh != null && (
        <Figures>
          <Figure label={w.called} value={num(statement.called_kwh / 1000, 2)} unit="MWh" />
          <Figure label={w.delivered} value={num((statement.delivered_kwh ?? NaN) / 1000, 2)} unit="MWh" />
          <Figure label={w.counted} value={num((statement.counted_kwh ?? NaN) / 1000, 2)} unit="MWh" />
          <Figure label={w.paid} value={num(event.pay_cny)} unit="CNY" />
        </Figures>
      )}
      {!known && !ofRun && <p class="soft">{w.notYet}</p>}
      {(known || ofRun) && !paid && <p class="strip warn">{w.notPaid}{why && `${words.value.colon}${why}`}</p>}
      {lines.length > 0 && (
        <Table
          label={w.statement}
          rows={lines}
          columns={[
            { key: "i", head: w.item, cell: (row) => said(row.item) },
            { key: "f", head: w.formula, wide: true, cell: (row) => said(row.formula) },
            { key: "a", head: w.amount, unit: "CNY", number: true, cell: (row) => yuan(row.amount_fen) },
          ]}
        />
      )}
      <Shares event={event} />
    </>
  );
}

/** Whose is every fen. */
function Shares({ event }: { event: VppEvent }) {
  const w = words.value.vpp;
  const live = Object.entries(event.statement?.shares_fen ?? {}).map(([member, amount_fen]) => ({ member, party: "", amount_fen, why: "" }));
  const rows = [...(event.shares ?? live)].sort((a, b) => b.amount_fen - a.amount_fen);
  if (!rows.length) return null;
  const detailed = event.shares !== undefined;
  return (
    <details class="behind">
      <summary>{w.shares} ({num(rows.length)})</summary>
      <Table
        label={w.shares}
        tall
        rows={rows.slice(0, SHOWN)}
        columns={[
          { key: "m", head: w.who, cell: (row) => w.parties[row.member] ?? row.member.replaceAll("_", " ") },
          ...(detailed ? [{ key: "p", head: w.party, cell: (row: (typeof rows)[number]) => w.parties[row.party] ?? row.party.replaceAll("_", " ") }, { key: "w", head: w.why, wide: true, cell: (row: (typeof rows)[number]) => said(row.why) }] : []),
          { key: "a", head: w.amount, unit: "CNY", number: true, cell: (row) => yuan(row.amount_fen) },
        ]}
      />
      {rows.length > SHOWN && <p class="soft">{w.andMore(num(rows.length - SHOWN))}</p>}
    </details>
  );
}
