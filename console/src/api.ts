// What does the server say? The shapes of its JSON twins, as the console reads them.

export interface Text {
  en: string;
  zh: string;
}

/** What every JSON twin carries. */
export interface Twin {
  at: string;
  zone: string;
  source?: string | Text;
  sources?: (string | Text)[];
  units?: Record<string, string>;
}

/** A finished run that rows of a page are from; `example`: the shipped file, null for somebody's own run. */
export interface RunMark {
  job: string;
  use: string;
  made_at: string;
  example: string | null;
}

/** Pages that show finished work beside the live loop's: which runs, and what to do where there is none yet (by use). */
export interface WithRuns {
  runs?: (RunMark & { name: string; notes: (string | Text)[] })[];
  empty?: Record<string, Text>;
}

export interface Page<Item> extends Twin {
  items: Item[];
  next: string | null;
}

export interface Region {
  key: string;
  at: [number, number];
  side: string;
  name: Text;
}

export interface Frame {
  tick: number;
  at: string;
  speed: number;
  stale_s: number;
  state: "live" | "degraded" | "stopped";
  degraded: (string | Text)[];
  provinces: {
    keys: string[];
    draw_mw: number[];
    it_mw: number[];
    green_share: number[];
    price_cny_per_mwh: number[];
    shortfall_mw: number[];
    sites: number[];
    carbon_t_per_mwh: number[];
  };
  flows_mw: { pairs: [number, number][]; mw: number[] };
  moves_it_mw: { pairs: [number, number][]; mw: number[] };
  certificate: { gap_share: number | null; took_ms: number | null; certified: boolean };
  latencies_ms: { decision: number | null; record: number | null; actuation: number | null; settled: number | null };
  totals: { draw_mw: number; it_mw: number; green_share: number; cost_cny_per_h: number; carbon_t_per_h: number };
  alarms: { open: number; unacknowledged: number; worst: Severity | null };
  proposals: { waiting: number; first: string | null };
  commands: { sent: number; answered: number; late: number; by_person: number; by_policy: number };
}

export interface NowPage extends Twin {
  layout: { regions: Region[] };
  frame: Frame;
}

export type Severity = "critical" | "major" | "minor" | "info";

/** Work of a class that waits, and how long it may from the moment it came in. */
export interface Waiting {
  class: string;
  it_mwh: number | null;
  may_wait_h: number;
}

/** What a room knows of jobs: sums by class; `jobs_are` says where the single ones are. */
export interface KnownOfJobs {
  waiting?: Waiting[];
  jobs_are?: string | Text;
}

export interface SitesPage extends Page<SiteRow>, KnownOfJobs {}

export interface SiteRow {
  id: string;
  name: string | Text;
  province: string;
  state: string;
  it_mw: number | null;
  draw_mw: number | null;
  limit_mw: number | null;
  pue: number | null;
  battery_mwh: number | null;
  battery_full_mwh: number | null;
  /** What its converter can do, in and out. */
  battery_mw: number | null;
  /** Left out where the room knows a site by its power and has no list of its jobs. */
  jobs_running?: number | null;
  jobs_waiting?: number | null;
  waiting_it_mwh: number | null;
}

export interface SitePage extends SiteRow, Twin, KnownOfJobs {
  policy: string;
  classes: { class: string; it_mw: number | null; wanted_it_mw: number | null }[];
  limits: { name: string | Text; value: number | string | null; unit: string; source?: string | Text }[];
  series: string[];
  quality?: { field: string; sent: number | null; sent_at: string | null; verdict: string; text: Text; used: number | null; used_is: string }[];
  commands: { id: string; at: string; what: string | Text; approved_by: string; state: string }[];
}

export interface Dense extends Twin {
  field: string;
  unit: string;
  /** Seconds since 1970-01-01 UTC. */
  at_s: number[];
  values: (number | null)[];
}

export interface DispatchPage extends Twin, WithRuns {
  day: string;
  /** What plan and actual are. */
  plan?: string | Text;
  issued_at: string | null;
  axis: string[];
  plan_mw: (number | null)[];
  /** Newest plan of the next hours, made anew each settlement period; null for hours that are over. */
  intraday_mw?: (number | null)[];
  intraday_at?: string | null;
  actual_mw: (number | null)[];
  price_cny_per_mwh: (number | null)[];
  carbon_t_per_mwh: (number | null)[];
  green_share: (number | null)[];
  /** The newest planned day of a file: other sites and another day than the live one's. */
  planned?: {
    name: string;
    day: string;
    axis: string[];
    plan_mw: number[];
    at_once_mw: number[];
    price_cny_per_mwh: (number | null)[];
    carbon_t_per_mwh: (number | null)[];
    figures: Record<string, number>;
    from: RunMark;
  } | null;
}

export interface Bid {
  id: string;
  territory: string;
  product: string;
  start: string;
  hours: number;
  quantity_mw: number;
  price_cny_per_mwh: number;
  awarded_mw: number | null;
  cleared_cny_per_mwh: number | null;
  state: string;
}

export interface StatementLine {
  item: string | Text;
  energy_mwh: number | null;
  price_cny_per_mwh: number | null;
  amount_fen: number;
  clause: string | Text;
}

export interface Statement {
  id: string;
  month: string;
  party: string | Text;
  territory: string;
  total_fen: number;
  state: string;
  lines: StatementLine[];
  /** null: live, provisional. */
  from?: RunMark | null;
}

export interface MarketPage extends Twin, WithRuns {
  day: string;
  bids: Bid[];
  /** Where the bids are from. */
  bid?: { model: string; gate: string; expected_cost_cny: number; flat_cost_cny: number; scenarios: number; from: RunMark };
  backtest?: { days: string[]; rows: { strategy: string; cost_cny: number; saved_cny: number; saved_low_cny: number; saved_high_cny: number; saved_share: number; of_perfect_share: number }[]; from: RunMark } | null;
  statements: Statement[];
}

export interface VppEvent {
  id: string;
  territory: string;
  state: string;
  start: string;
  hours: number;
  asked_down_mw: number;
  delivered_mw: number | null;
  delivered_share: number | null;
  pay_cny: number | null;
  axis: string[];
  baseline_mw: (number | null)[];
  actual_mw: (number | null)[];
  approved_by?: string | null;
  baseline_is?: string | Text;
  /** The plan that was in the journal before the notice; null where there was none: then nothing is paid. */
  plan?: { sequence: number; mark: string; sha256: string; logged_at: string } | null;
  /** Once it is over: verified, paid, shared. */
  statement?: {
    paid: boolean;
    why_not: Text;
    programme?: string;
    clause?: Text;
    assumed?: string[];
    called_kwh?: number;
    delivered_kwh?: number;
    counted_kwh?: number;
    lines?: { item: Text; amount_fen: number; formula: string }[];
    shares_fen?: Record<string, number>;
  } | null;
  /** "provisional" once the ledger has it. */
  ledger?: string | null;
  /** Of a pool file's run: what was paid by which line, to whom, and what was assumed. */
  valid?: boolean;
  why_not?: string | Text;
  assumed?: (string | Text)[];
  lines?: PaidLine[];
  shares?: { member: string; party: string; amount_fen: number; why: string | Text }[];
  /** null: live. */
  from?: RunMark | null;
}

export interface PaidLine {
  item: string | Text;
  amount_fen: number;
  formula?: string | Text;
  clause?: string | Text;
}

export interface VppPage extends Twin, WithRuns {
  /** What an event is measured against. */
  baseline?: string | Text;
  pool: { territory: string; sites: number; draw_mw: number; down_mw: number; up_mw: number; notice_minutes: number }[];
  events: VppEvent[];
}

export interface CertificatesPage extends Twin, WithRuns {
  month: string;
  /** What is matched here. */
  is?: string | Text;
  days: string[];
  /** By day, then by hour: the matched share of what was used; null where nothing is metered yet. */
  matched_share: (number | null)[][];
  used_mwh: number;
  matched_mwh: number;
  claims: { id: string; period: string; quantity_mwh: number; state: string; digest: string }[];
  claims_count?: number;
  scores?: { period_share: number; volume_share: number };
  /** The run that the month, its map and its claims are from; without it they are the live mix. */
  from?: RunMark;
  carbon: { year?: number; from?: RunMark; location_t: number | null; market_t: number | null; factors: { name: string | Text; value: number; unit: string; source: string }[] };
}

export interface Fan {
  key: string;
  name: string | Text;
  unit: string;
  issued_at: string;
  model: string | Text;
  /** Why this model answered. */
  said?: string | Text;
  axis: string[];
  /** By level, such as "0.1". */
  quantiles: Record<string, (number | null)[]>;
  actual: (number | null)[];
  /** Left out where it is the live loop's. */
  from?: RunMark;
}

export interface BoardRow {
  rank: number | null;
  task: string;
  model: string;
  /** Left out where it is the live loop's. */
  from?: RunMark;
  pinball: number;
  unit: string;
  skill: number | null;
  skill_low: number | null;
  skill_high: number | null;
  coverage: number | null;
}

export interface ForecastsPage extends Twin, WithRuns {
  fans: Fan[];
  board: BoardRow[];
}

export interface TerritoryRow {
  territory: string;
  name_en: string;
  name_zh: string;
  tiers: number;
}

export interface Fact {
  fact: string;
  name_en: string;
  name_zh: string;
  tier: string;
  value: string | number | boolean | null;
  unit: string;
  document: string;
  in_force: string;
  confidence: string;
  note: string;
}

export interface TerritoryPage extends Twin {
  territory: string;
  items: Fact[];
}

export interface Alarm {
  id: string;
  severity: Severity;
  state: "raised" | "acknowledged" | "cleared";
  text: string | Text;
  remedy?: string | Text;
  where: string;
  /** Whether its cause is still there: only then may nobody clear it. */
  standing?: boolean;
  raised_at: string;
  acknowledged_at: string | null;
  cleared_at: string | null;
  by: string | null;
  note: string | null;
}

export interface AlarmsPage extends Twin {
  items: Alarm[];
  log: { at: string; by: string; text: string; text_zh?: string }[];
}

export interface Proposal {
  id: string;
  kind: string;
  title: string | Text;
  reason: string | Text;
  sets: { where: string; what: string | Text; from: number | null; to: number | null; unit: string }[];
  authority: string | Text;
  from: string;
  until: string;
  cost_cny: number | null;
  cost_is?: string;
  gap_share: number | null;
  needs_role: string;
  state: string;
  made_at: string;
}

export interface AuditRow {
  sequence: number;
  at: string;
  who?: string;
  via?: string;
  approval?: string;
  why?: string;
  times?: number;
  operation: string;
  subject?: string;
  outcome: string;
  mark: string;
}

export interface AuditPage extends Page<AuditRow> {
  verified: boolean;
  /** NUMBER:MARK of the last record. */
  head: string;
  problem: string | null;
}

export interface Me {
  /** False, and nothing else is told, where nobody is signed in: /me.json answers 200 then, too. */
  signed_in: true;
  name: string;
  tenant: string;
  roles: string[];
  zones: string[];
  scopes: string[];
  via: string;
  csrf: string | null;
  /** Operations that one may call. */
  may: string[];
}

export interface Account {
  name: string;
  tenant: string;
  roles: string[];
  disabled: boolean;
  /** Wrong passwords since the last right one. */
  failures: number;
}

export interface Token {
  id: string;
  name: string;
  by: string;
  roles: string[];
  scopes: string[];
  zone: string;
  sites: string[];
  made_at: string;
  ends_at: string;
  revoked_at: string | null;
}

export interface Ways {
  password: boolean;
  oidc: boolean;
}

export interface Job {
  id: string;
  use: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  done: number;
  message: string | Text;
  result?: unknown;
  problem?: ProblemBody;
  files: (string | { name: string })[];
  created_at?: string;
  asked_by?: string;
}

/** application/problem+json; `problems` tells everything that is wrong at once. */
export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  detail_zh?: string;
  problems?: { where?: string; found?: string; expected?: string; remedy?: string }[];
}
