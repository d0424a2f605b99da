// What was bid, what was awarded, what is owed?
import { useState } from "preact/hooks";
import type { MarketPage, Statement } from "../api";
import { clock, num, percent, yuan } from "../format";
import { useData } from "../http";
import { said, words } from "../prefs";
import { Dialog } from "../parts/dialog";
import type { Tone } from "../parts/panel";
import { ExampleStrip, From, NotesOf, NotYet } from "../parts/marks";
import { Figure, Figures, Panel, Tag } from "../parts/panel";
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
          <>
            <ExampleStrip of={data} />
            <div class="grid market">
              <Bids page={data} names={names} />
              <Backtest page={data} />
              <Statements page={data} names={names} />
            </div>
          </>
        )}
      </Show>
      <div class="after"><Runs title={words.value.runs.market} note={w.settleNote} uses={["settle_month", "market_bid", "market_backtest"]} onDone={page.reload} /></div>
    </>
  );
}

function Bids({ page, names }: { page: MarketPage; names: Map<string, string> }) {
  const w = words.value.market;
  return (
    <Panel title={`${w.bids} · ${page.day}`} class="span" of={page} actions={page.bid && <From mark={page.bid.from} />}>
      {page.bid && (
        <Figures>
          <Figure label={w.bidBy} value={w.models[page.bid.model] ?? page.bid.model.replaceAll("_", " ")} sub={`${w.scenarios} ${num(page.bid.scenarios)}`} />
          <Figure label={w.gate} value={clock(page.bid.gate, "short")} sub={page.zone} />
          <Figure label={w.expected} value={num(page.bid.expected_cost_cny)} unit="CNY" />
          <Figure label={w.flat} value={num(page.bid.flat_cost_cny)} unit="CNY" />
        </Figures>
      )}
      {page.bids.length === 0 ? (
        page.empty?.["market_bid"] ? <NotYet of={page} use="market_bid" /> : <Empty>{w.noBids}</Empty>
      ) : (
        <Table
          label={w.bids}
          tall
          rows={page.bids}
          id={(row) => row.id}
          columns={[
            { key: "s", head: w.start, fixed: true, cell: (row) => clock(row.start, "minute") },
            { key: "t", head: words.value.vpp.territory, wide: true, cell: (row) => names.get(row.territory) ?? row.territory },
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
      <NotesOf of={page} uses={["market_bid"]} />
    </Panel>
  );
}

/** What each strategy would have cost on days that are over. */
function Backtest({ page }: { page: MarketPage }) {
  const w = words.value.market;
  const { backtest } = page;
  if (!backtest) return page.empty?.["market_backtest"] ? <Panel title={w.backtest} class="span"><NotYet of={page} use="market_backtest" /></Panel> : null;
  return (
    <Panel title={w.backtest} class="span" note={w.backtestNote(num(backtest.days.length))} of={{ at: backtest.from.made_at, zone: page.zone }} actions={<From mark={backtest.from} />}>
      <Table
        label={w.backtest}
        rows={backtest.rows}
        id={(row) => row.strategy}
        columns={[
          { key: "s", head: w.strategy, cell: (row) => w.strategies[row.strategy] ?? row.strategy },
          { key: "c", head: w.cost, unit: "CNY", number: true, cell: (row) => num(row.cost_cny) },
          { key: "d", head: w.saved, unit: "CNY", number: true, cell: (row) => num(row.saved_cny) },
          { key: "i", head: w.interval, unit: "CNY", number: true, wide: true, cell: (row) => `${num(row.saved_low_cny)} … ${num(row.saved_high_cny)}` },
          { key: "p", head: w.savedShare, number: true, cell: (row) => percent(row.saved_share) },
          { key: "o", head: w.ofPerfect, number: true, wide: true, cell: (row) => percent(row.of_perfect_share) },
        ]}
      />
      <NotesOf of={page} uses={["market_backtest"]} />
    </Panel>
  );
}

function Statements({ page, names }: { page: MarketPage; names: Map<string, string> }) {
  const w = words.value.market;
  const [open, setOpen] = useState<Statement | null>(null);
  return (
    <Panel title={w.statements} class="span" of={page}>
      <NotYet of={page} use="settle_month" />
      {page.statements.length === 0 ? (
        <Empty>{w.noStatements}</Empty>
      ) : (
        <Table
          label={w.statements}
          rows={page.statements}
          id={(row) => row.id}
          columns={[
            { key: "m", head: w.month, fixed: true, cell: (row) => <button type="button" class="link" onClick={() => setOpen(row)}>{row.month}</button> },
            { key: "p", head: w.party, cell: (row) => <>{said(row.party)} {row.from && <From mark={row.from} />}</> },
            { key: "t", head: words.value.vpp.territory, wide: true, cell: (row) => names.get(row.territory) ?? row.territory },
            { key: "s", head: w.state, cell: (row) => <Tag tone={TONES[row.state] ?? "calm"}>{w.states[row.state] ?? row.state}</Tag> },
            { key: "a", head: w.total, unit: "CNY", number: true, cell: (row) => yuan(row.total_fen) },
          ]}
        />
      )}
      <NotesOf of={page} uses={["settle_month"]} />
      {open && (
        <Dialog title={`${w.statements} · ${open.month} · ${said(open.party)}`} onClose={() => setOpen(null)} wide>
          {open.from?.example && <p class="marked"><From mark={open.from} /> <span class="soft">{open.from.example}</span></p>}
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
