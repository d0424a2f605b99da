// What happens now? Twelve provinces at this tick.
import { useEffect, useState } from "preact/hooks";
import type { Frame, NowPage, Region, Twin } from "../api";
import { num, percent } from "../format";
import { useData } from "../http";
import { frame as live } from "../live";
import { said, term, words } from "../prefs";
import { Figure, Figures, Meter, Panel, Tag } from "../parts/panel";
import type { Shown } from "../parts/schematic";
import { linesOf, Schematic } from "../parts/schematic";
import { Empty, Show } from "../parts/states";
import { Table } from "../parts/table";

const phone = matchMedia("(max-width: 720px)");

export function Now() {
  const page = useData<NowPage>("/now.json");
  return (
    <>
      <p class="lead">{words.value.now_.lead}</p>
      <Show of={page} rows={8}>
        {(data) => <Room page={data} />}
      </Show>
    </>
  );
}

function Room({ page }: { page: NowPage }) {
  const frame = live.value ?? page.frame;
  const of: Partial<Twin> = { sources: page.sources ?? (page.source ? [page.source] : []), at: frame.at, zone: page.zone };
  const { regions } = page.layout;
  const names = new Map(regions.map((region) => [region.key, said(region.name)]));
  return (
    <div class="grid now">
      <Totals frame={frame} of={of} />
      <div class="grid">
        <Map_ frame={frame} regions={regions} of={of} />
        <Provinces frame={frame} names={names} of={of} />
      </div>
      <div class="grid">
        <Decision frame={frame} of={of} />
        <Flows frame={frame} names={names} of={of} />
      </div>
    </div>
  );
}

function Totals({ frame, of }: { frame: Frame; of: Partial<Twin> }) {
  const w = words.value.now_;
  const t = frame.totals;
  const title = `${(of.sources ?? []).map(said).join(" · ")} · ${frame.at} ${of.zone ?? ""}`;
  const short = frame.provinces.shortfall_mw.reduce((sum, mw) => sum + mw, 0);
  return (
    <section class="totals" aria-label={w.draw}>
      <Figures>
        <Figure label={w.draw} value={num(t.draw_mw)} unit="MW" title={title} />
        <Figure label={w.it} value={num(t.it_mw)} unit="MW" title={title} />
        <Figure label={w.green} value={num(t.green_share * 100, 1)} unit="%" title={title} tone="good" />
        <Figure label={w.cost} value={num(t.cost_cny_per_h)} unit="CNY/h" title={title} />
        <Figure label={w.carbon} value={num(t.carbon_t_per_h, 1)} unit="t/h" title={title} />
        <Figure label={w.shortfall} value={num(short, 1)} unit="MW" title={title} tone={short > 0.05 ? "bad" : undefined} />
      </Figures>
    </section>
  );
}

function Map_({ frame, regions, of }: { frame: Frame; regions: Region[]; of: Partial<Twin> }) {
  const w = words.value.now_;
  const [shown, setShown] = useState<Shown>("both");
  const [small, setSmall] = useState(phone.matches);
  useEffect(() => {
    const look = (event: MediaQueryListEvent): void => setSmall(event.matches);
    phone.addEventListener("change", look);
    return () => phone.removeEventListener("change", look);
  }, []);
  const choices = (
    <div class="segments" role="group" aria-label={w.shows}>
      {(["both", "power", "computing"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={shown === one} onClick={() => setShown(one)}>
          {w[one]}
        </button>
      ))}
    </div>
  );
  return (
    <Panel title={w.schematic} class="map" of={of} actions={choices}>
      <Schematic frame={frame} regions={regions} shown={shown} small={small} />
      <p class="legend">
        <span><i class="key power" /> {w.powerFlow} (MW)</span>
        <span><i class="key moves" /> {w.computingFlow} (IT, MW)</span>
        <span><i class="key green" /> {w.green}</span>
        {!small && <span>¥ = CNY/MWh</span>}
        <span class="soft">{w.schematicNote}</span>
      </p>
    </Panel>
  );
}

function Provinces({ frame, names, of }: { frame: Frame; names: Map<string, string>; of: Partial<Twin> }) {
  const w = words.value.now_;
  const p = frame.provinces;
  const rows = p.keys.map((key, k) => ({ key, k }));
  return (
    <Panel title={w.provinces} class="provinces" of={of}>
      <Table
        label={w.provinces}
        rows={rows}
        id={(row) => row.key}
        columns={[
          { key: "p", head: w.province, cell: (row) => names.get(row.key) ?? row.key },
          { key: "d", head: words.value.sites.draw, unit: "MW", number: true, cell: (row) => num(p.draw_mw[row.k], 1) },
          { key: "i", head: term("it_mw"), unit: "MW", number: true, wide: true, cell: (row) => num(p.it_mw[row.k], 1) },
          {
            key: "g",
            head: w.greenShort,
            unit: "%",
            number: true,
            cell: (row) => (
              <span class="with-meter">
                <Meter share={p.green_share[row.k]} />
                {num((p.green_share[row.k] ?? 0) * 100, 1)}
              </span>
            ),
          },
          { key: "c", head: w.price, unit: "CNY/MWh", number: true, cell: (row) => num(p.price_cny_per_mwh[row.k], 1) },
          { key: "t", head: w.intensity, unit: "t/MWh", number: true, wide: true, cell: (row) => num(p.carbon_t_per_mwh[row.k], 3) },
          { key: "s", head: w.shortfall, unit: "MW", number: true, wide: true, cell: (row) => num(p.shortfall_mw[row.k], 1) },
          { key: "n", head: w.sites, number: true, wide: true, cell: (row) => num(p.sites[row.k]) },
        ]}
      />
    </Panel>
  );
}

/** Milliseconds, or seconds where those are many. */
const spell = (ms: number | null): { value: string; unit: string } => (ms != null && ms >= 10_000 ? { value: num(ms / 1000, 1), unit: "s" } : { value: num(ms, 1), unit: "ms" });

function Decision({ frame, of }: { frame: Frame; of: Partial<Twin> }) {
  const w = words.value.now_;
  const { certificate: c, latencies_ms: ms, commands } = frame;
  return (
    <Panel title={w.decision} class="decision" of={of} actions={<Tag tone={c.certified ? "good" : "warn"}>{c.certified ? w.certified : w.notCertified}</Tag>}>
      <Figures>
        <Figure label={w.gap} value={percent(c.gap_share, 3)} sub={w.gapOf} />
        <Figure label={w.took} value={num(c.took_ms, 1)} unit="ms" />
      </Figures>
      <h3>{w.latencies}</h3>
      <Figures>
        {(["decision", "record", "actuation", "settled"] as const).map((key) => (
          <Figure key={key} label={w.latency[key]} {...spell(ms[key])} />
        ))}
      </Figures>
      <h3>{w.commands}</h3>
      <Figures>
        <Figure label={w.sent} value={num(commands.sent)} />
        <Figure label={w.answered} value={num(commands.answered)} />
        <Figure label={w.late} value={num(commands.late)} tone={commands.late > 0 ? "warn" : undefined} />
        <Figure label={w.byPerson} value={num(commands.by_person)} />
        <Figure label={w.byPolicy} value={num(commands.by_policy)} />
      </Figures>
    </Panel>
  );
}

function Flows({ frame, names, of }: { frame: Frame; names: Map<string, string>; of: Partial<Twin> }) {
  const w = words.value.now_;
  const keys = frame.provinces.keys;
  const name = (k: number): string => names.get(keys[k] ?? "") ?? keys[k] ?? "";
  const rows = [
    ...linesOf(frame.flows_mw).map((line) => ({ ...line, kind: w.power, id: "p" })),
    ...linesOf(frame.moves_it_mw).map((line) => ({ ...line, kind: w.computing, id: "m" })),
  ].sort((a, b) => b.mw - a.mw);
  return (
    <Panel title={w.flows} class="flows" of={of}>
      {rows.length === 0 ? (
        <Empty>{w.noFlows}</Empty>
      ) : (
        <Table
          label={w.flows}
          tall
          rows={rows}
          id={(row) => `${row.id}${row.from}-${row.to}`}
          columns={[
            { key: "f", head: w.from, cell: (row) => name(row.from) },
            { key: "t", head: w.to, cell: (row) => name(row.to) },
            { key: "k", head: words.value.approvals.what, cell: (row) => row.kind },
            { key: "m", head: "MW", number: true, cell: (row) => num(row.mw, 1) },
          ]}
        />
      )}
    </Panel>
  );
}
