// What was bid, what was awarded, what is owed?
import { useState } from "preact/hooks";
import type { MarketPage, Statement } from "../api";
import { clock, num, yuan } from "../format";
import { useData } from "../http";
import { said, words } from "../prefs";
import { Dialog } from "../parts/dialog";
import type { Tone } from "../parts/panel";
import { Panel, Tag } from "../parts/panel";
import { Runs } from "../parts/runs";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";
import { useNames } from "../parts/names";

const TONES: Record<string, Tone> = { open: "info", submitted: "info", awarded: "good", part: "warn", rejected: "calm", settled: "good", provisional: "warn", final: "good", corrected: "info", assumed: "warn" };

export function Market(_: { rest: string }) {
  const w = words.value.market;
  const page = useData<MarketPage>("/market.json", 15_000);
  const names = useNames();
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => (
          <div class="grid market">
            <Bids page={data} names={names} />
            <Statements page={data} names={names} />
          </div>
        )}
      </Show>
      <div class="after"><Runs title={words.value.runs.market} note={w.settleNote} uses={["settle_month", "market_bid", "market_backtest"]} onDone={page.reload} /></div>
    </>
  );
}

function Bids({ page, names }: { page: MarketPage; names: Map<string, string> }) {
  const w = words.value.market;
  return (
    <Panel title={`${w.bids} · ${page.day}`} class="span" of={page}>
      {page.bids.length === 0 ? (
        <Empty>{w.noBids}</Empty>
      ) : (
        <Table
          label={w.bids}
          tall
          rows={page.bids}
          id={(row) => row.id}
          columns={[
            { key: "s", head: w.start, fixed: true, cell: (row) => clock(row.start, "minute") },
            { key: "t", head: words.value.vpp.territory, cell: (row) => names.get(row.territory) ?? row.territory },
            { key: "p", head: w.product, wide: true, cell: (row) => w.products[row.product] ?? row.product },
            { key: "z", head: w.state, cell: (row) => <Tag tone={TONES[row.state] ?? "calm"}>{w.states[row.state] ?? row.state}</Tag> },
            { key: "h", head: w.hours, unit: "h", number: true, wide: true, cell: (row) => num(row.hours, 2) },
            { key: "q", head: w.quantity, unit: "MW", number: true, cell: (row) => num(row.quantity_mw, 1) },
            { key: "c", head: w.bidPrice, unit: "CNY/MWh", number: true, wide: true, cell: (row) => num(row.price_cny_per_mwh, 2) },
            { key: "a", head: w.awarded, unit: "MW", number: true, cell: (row) => num(row.awarded_mw, 1) },
            { key: "e", head: w.cleared, unit: "CNY/MWh", number: true, wide: true, cell: (row) => num(row.cleared_cny_per_mwh, 2) },
          ]}
        />
      )}
    </Panel>
  );
}

function Statements({ page, names }: { page: MarketPage; names: Map<string, string> }) {
  const w = words.value.market;
  const [open, setOpen] = useState<Statement | null>(null);
  return (
    <Panel title={w.statements} class="span" of={page}>
      {page.statements.length === 0 ? (
        <Empty>{w.noStatements}</Empty>
      ) : (
        <Table
          label={w.statements}
          rows={page.statements}
          id={(row) => row.id}
          columns={[
            { key: "m", head: w.month, fixed: true, cell: (row) => <button type="button" class="link" onClick={() => setOpen(row)}>{row.month}</button> },
            { key: "p", head: w.party, cell: (row) => said(row.party) },
            { key: "t", head: words.value.vpp.territory, wide: true, cell: (row) => names.get(row.territory) ?? row.territory },
            { key: "s", head: w.state, cell: (row) => <Tag tone={TONES[row.state] ?? "calm"}>{w.states[row.state] ?? row.state}</Tag> },
            { key: "a", head: w.total, unit: "CNY", number: true, cell: (row) => yuan(row.total_fen) },
          ]}
        />
      )}
      {open && (
        <Dialog title={`${w.statements} · ${open.month} · ${said(open.party)}`} onClose={() => setOpen(null)} wide>
          <Table
            label={w.statements}
            rows={open.lines}
            columns={[
              { key: "i", head: w.line, cell: (row) => said(row.item) },
              { key: "e", head: w.energy, unit: "MWh", number: true, cell: (row) => num(row.energy_mwh, 3) },
              { key: "p", head: w.price, unit: "CNY/MWh", number: true, wide: true, cell: (row) => num(row.price_cny_per_mwh, 2) },
              { key: "a", head: w.amount, unit: "CNY", number: true, cell: (row) => yuan(row.amount_fen) },
              { key: "c", head: w.clause, wide: true, cell: (row) => said(row.clause) },
            ]}
          />
          <p class="sum"><span>{w.total}</span> <strong>{yuan(open.total_fen)} CNY</strong></p>
        </Dialog>
      )}
    </Panel>
  );
}
