// Which hour was covered by which energy, and does a claim hold?
import { useEffect, useState } from "preact/hooks";
import type { CertificatesPage } from "../api";
import { num } from "../format";
import { may, useData } from "../http";
import { said, term, words } from "../prefs";
import { announce } from "../parts/announce";
import { axes, Chart } from "../parts/chart";
import { FilePick } from "../parts/file-pick";
import { ExampleStrip, From, NotesOf, NotYet } from "../parts/marks";
import { Figure, Figures, Panel, Tag } from "../parts/panel";
import { Runs } from "../parts/runs";
import { Empty, Failed, Show } from "../parts/states";
import { useWork } from "../parts/job";
import { Table } from "../parts/table";

export function Certificates(_: { rest: string }) {
  const w = words.value.certificates;
  const page = useData<CertificatesPage>("/certificates.json", 30_000);
  return (
    <>
      <p class="lead">{w.lead}</p>
      <Show of={page}>
        {(data) => (
          <>
            <ExampleStrip of={data} />
            <div class="grid certificates">
              <Matching page={data} />
              <Claims page={data} />
              <Carbon page={data} />
            </div>
          </>
        )}
      </Show>
      <div class="after two grid"><Verify /><Runs title={words.value.runs.certificates} uses={["certificates_match", "certificates_issue", "carbon_report"]} onDone={page.reload} /></div>
    </>
  );
}

/** The page with every day of its month, so that a young month does not fill the drawing. */
function wholeMonth(page: CertificatesPage): CertificatesPage {
  const [year = 0, month = 0] = page.month.split("-").map(Number);
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const days = Array.from({ length: count }, (_, k) => `${page.month}-${String(k + 1).padStart(2, "0")}`);
  const rows = new Map(page.days.map((day, k) => [day, page.matched_share[k]]));
  return { ...page, days, matched_share: days.map((day) => rows.get(day) ?? Array.from({ length: 24 }, () => null)) };
}

function Matching({ page: told }: { page: CertificatesPage }) {
  const page = wholeMonth(told);
  const w = words.value.certificates;
  const hours = Array.from({ length: 24 }, (_, k) => String(k).padStart(2, "0"));
  if (!told.days.length) return <Panel title={w.map} class="span"><Empty>{w.noHours}</Empty><NotYet of={told} use="certificates_match" /></Panel>;
  return (
    <Panel title={`${w.map} · ${page.month}`} class="span" note={[w.mapNote, said(page.is).replaceAll("`", "")].filter(Boolean).join(" · ")} of={page} actions={<From mark={page.from} />}>
      <NotYet of={told} use="certificates_match" />
      <Figures>
        <Figure label={w.used} value={num(page.used_mwh)} unit="MWh" />
        <Figure label={w.matched} value={num(page.matched_mwh)} unit="MWh" />
        <Figure label={page.scores ? w.periodShare : w.share} value={num(page.used_mwh ? (100 * page.matched_mwh) / page.used_mwh : null, 1)} unit="%" />
        {page.scores && <Figure label={w.volumeShare} value={num(100 * page.scores.volume_share, 1)} unit="%" />}
      </Figures>
      <Chart
        label={`${w.map}, ${page.month}`}
        height={360}
        on={[told]}
        options={(c) => {
          const a = axes(c);
          const cells = page.matched_share.flatMap((row, day) => row.map((share, hour) => [day, hour, share == null ? "-" : Math.round(share * 1000) / 10]));
          return {
            grid: { ...a.grid, top: 24, bottom: 64 },
            tooltip: {
              ...a.tooltip,
              trigger: "item",
              formatter: (point: { value: [number, number, number | string] }) => `${page.days[point.value[0]]} ${hours[point.value[1]]}:00\n${w.share}: ${typeof point.value[2] === "number" ? `${num(point.value[2], 1)} %` : w.noMeter}`,
            },
            xAxis: { type: "category", data: page.days.map((day) => day.slice(8)), name: w.day, nameLocation: "middle", nameGap: 24, nameTextStyle: a.text, ...a.x },
            yAxis: { type: "category", data: hours, name: w.hour, inverse: true, nameLocation: "start", ...a.y, splitLine: { show: false }, axisLine: { show: false }, axisTick: { show: false } },
            visualMap: { min: 0, max: 100, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: 10, itemHeight: 160, text: ["100 %", "0 %"], textStyle: a.text, inRange: { color: [c.heat0, c.heat1, c.heat2, c.heat3] } },
            series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: c.paper, borderWidth: 1 }, emphasis: { itemStyle: { borderColor: c.ink } } }],
          };
        }}
        table={
          <Table
            label={w.map}
            tall
            rows={page.days.map((day, k) => ({ day, k }))}
            id={(row) => row.day}
            columns={[{ key: "d", head: w.day, fixed: true, cell: (row: { day: string; k: number }) => row.day }, ...hours.map((hour, k) => ({ key: hour, head: hour, number: true, cell: (row: { day: string; k: number }) => num((page.matched_share[row.k]?.[k] ?? NaN) * 100) }))]}
          />
        }
      />
    </Panel>
  );
}

function Carbon({ page }: { page: CertificatesPage }) {
  const w = words.value.certificates;
  const { carbon } = page;
  return (
    <Panel title={carbon.year ? `${w.carbon} · ${carbon.year}` : w.carbon} of={page} actions={<From mark={carbon.from} />}>
      <NotYet of={page} use="carbon_report" />
      <Figures>
        <Figure label={term("carbon_location_t")} value={num(carbon.location_t)} unit="t" />
        <Figure label={term("carbon_market_t")} value={num(carbon.market_t)} unit="t" />
      </Figures>
      {carbon.factors.length > 0 && <Table
        label={w.factors}
        rows={carbon.factors}
        columns={[
          { key: "n", head: w.factor, cell: (row) => said(row.name) },
          { key: "v", head: words.value.sites.value, number: true, cell: (row) => num(row.value, 4) },
          { key: "u", head: words.value.unit, cell: (row) => row.unit },
          { key: "s", head: words.value.source, wide: true, cell: (row) => row.source },
        ]}
      />}
    </Panel>
  );
}

interface Verified {
  holds: boolean;
  proofs: { name: string; faults: string[]; claim: string; user: string; month: string; wh: number; device: string; technology: string }[];
  overlaps: string[];
  with_book: boolean;
}

function Verify() {
  const w = words.value.certificates;
  const [files, setFiles] = useState<File[]>([]);
  const [withBook, setWithBook] = useState(false);
  const work = useWork<Verified>();
  const verify = async (): Promise<void> => {
    const proofs = Object.fromEntries(await Promise.all(files.map(async (file) => [file.name, await file.text()] as const)));
    await work.start("/certificates/verify", { options: { proofs, with_book: withBook } });
  };
  const told = work.result;
  useEffect(() => {
    if (told) announce(told.holds ? w.holds : w.fails);
  }, [told]);
  return (
    <Panel title={w.verify} note={w.verifyNote}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void verify();
        }}
      >
        <FilePick label={w.file} accept=".json,application/json" several onPick={setFiles} />
        <label class="tick">
          <input type="checkbox" checked={withBook} onChange={(event) => setWithBook(event.currentTarget.checked)} />
          <span>{w.withBook}</span>
        </label>
        <button type="submit" class="primary" disabled={!files.length || work.busy || !may("certificates_verify")}>{w.go}</button>
      </form>
      {told && (
        <div class={`notice ${told.holds ? "good" : "bad"}`} role="status">
          <div>
            <strong>{told.holds ? `✓ ${w.holds}` : `✗ ${w.fails}`}</strong>
            <ul class="problems">
              {told.proofs.map((one) => (
                <li key={one.name}>
                  <strong>{one.claim || one.name}</strong>
                  <p>{[one.user, one.month, one.wh ? `${num(one.wh / 1e6, 3)} MWh` : "", one.device, one.technology].filter(Boolean).join(" · ")}</p>
                  {one.faults.map((fault) => <p key={fault} class="wrong">{fault}</p>)}
                </li>
              ))}
              {told.overlaps.map((one) => <li key={one} class="wrong">{one}</li>)}
            </ul>
          </div>
        </div>
      )}
      {work.problem && <Failed problem={work.problem} />}
    </Panel>
  );
}

function Claims({ page }: { page: CertificatesPage }) {
  const w = words.value.certificates;
  return (
    <Panel title={w.claims} note={page.claims_count && page.claims_count > page.claims.length ? w.shownOf(num(page.claims.length), num(page.claims_count)) : undefined} of={page} actions={page.from && <From mark={page.from} />}>
      {page.claims.length === 0 ? (
        <Empty>{w.noClaims}</Empty>
      ) : (
        <Table
          label={w.claims}
          tall
          rows={page.claims}
          id={(row) => row.id}
          columns={[
            { key: "i", head: w.claim, cell: (row) => row.id },
            { key: "p", head: w.period, fixed: true, cell: (row) => row.period },
            { key: "q", head: w.quantity, unit: "MWh", number: true, cell: (row) => num(row.quantity_mwh, 3) },
            { key: "s", head: w.state, cell: (row) => <Tag tone={row.state === "withdrawn" || row.state === "cancelled" ? "calm" : "good"}>{w.states[row.state] ?? row.state}</Tag> },
            { key: "d", head: w.digest, wide: true, cell: (row) => <code title={row.digest}>{row.digest.slice(0, 16)}…</code> },
          ]}
        />
      )}
      <NotesOf of={page} uses={["certificates_match", "carbon_report"]} />
    </Panel>
  );
}
