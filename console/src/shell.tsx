// What stands around every page: the bar with the state of the room, the pages, help, approvals and outcomes.
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { askMe, may, me, meKnown, post } from "./http";
import { connected, frame, hangUp, listen, silentS } from "./live";
import { clock, num } from "./format";
import { openPages, pageAt } from "./pages";
import type { PageDef } from "./pages";
import { dark, lang, said, setLang, setTheme, theme, words } from "./prefs";
import { go, Link, path } from "./router";
import { OwnPassword, roleNames } from "./parts/access";
import { Announcer, announce } from "./parts/announce";
import { Approvals, approvalsOpen } from "./parts/approvals";
import { Dialog } from "./parts/dialog";
import { Help, helpOpen } from "./parts/help";
import { Icon } from "./parts/icons";
import { Empty, Failed, Loading } from "./parts/states";
import { Refused } from "./http";
import { SignIn } from "./pages/sign-in";
import { computed, signal } from "@preact/signals";
import { useKeys } from "./keys";

/** Whether the stream comes: only then is it worth to ask again. */
const answering = computed(() => connected.value === "open" && silentS.value === 0);
const menuOpen = signal(false);
const accountOpen = signal(false);

export function App() {
  useEffect(() => {
    // Whoever comes to sign in is a stranger: asking who they are would only be refused.
    if (location.pathname === "/sign-in") meKnown.value = true;
    else void askMe();
  }, []);
  useKeys();
  const at = path.value;
  const signed = me.value !== null;
  useEffect(() => {
    if (signed) listen();
    else hangUp();
  }, [signed]);
  useEffect(() => {
    if (at === "/" || at === "") go("/now", { replace: true });
  }, [at]);

  if (!meKnown.value) return <div class="splash"><Loading rows={3} /></div>;
  if (at === "/sign-in" || !signed) return <SignIn />;
  return <Room at={at} />;
}

function Room({ at }: { at: string }) {
  const w = words.value;
  const found = pageAt(at);
  return (
    <div class="room">
      <a class="skip" href="#main">
        {w.skip}
      </a>
      <StatusBar />
      <Nav at={at} />
      <main id="main" tabIndex={-1}>
        <Strips />
        {found ? <Page key={found.page.path} page={found.page} rest={found.rest} /> : <Lost />}
      </main>
      {menuOpen.value && <Drawer at={at} />}
      {approvalsOpen.value && <Approvals />}
      {accountOpen.value && <Account />}
      {helpOpen.value && <Help />}
      <Announcer />
    </div>
  );
}

function Page({ page, rest }: { page: PageDef; rest: string }) {
  const w = words.value;
  const [View, setView] = useState<ComponentType<{ rest: string }> | null>(null);
  const [problem, setProblem] = useState<Refused | null>(null);
  const head = useRef<HTMLHeadingElement>(null);
  const cutOff = useRef(false);
  const title = w.nav[page.name];
  useEffect(() => {
    let gone = false;
    page.load().then(
      (view) => !gone && setView(() => view),
      (error: unknown) => {
        cutOff.current = !answering.peek();
        setProblem(new Refused(0, { title: String(error) }));
      },
    );
    // Whoever listens hears the new page's name; the first page keeps the browser's own focus.
    if (document.activeElement && document.activeElement !== document.body) head.current?.focus({ preventScroll: true });
    return () => {
      gone = true;
    };
  }, [page]);
  // What a browser could not fetch once it may not ask for again: the page is begun anew as soon as the server answers.
  useEffect(() => {
    if (problem && cutOff.current && answering.value) location.reload();
  }, [problem, answering.value]);
  useEffect(() => {
    document.title = `${title} · ${w.brand}`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <h1 ref={head} tabIndex={-1}>
          {title}
        </h1>
        <a class="twin" href={page.twin(rest)} title={w.jsonTwin} aria-label={w.jsonTwin}>
          {w.json}
        </a>
      </header>
      {problem ? <Failed problem={problem} retry={() => location.reload()} /> : View ? <View rest={rest} /> : <Loading />}
    </>
  );
}

function Lost() {
  const w = words.value;
  return (
    <>
      <header class="page-head">
        <h1>{w.states.lookup}</h1>
      </header>
      <Empty>
        {w.states.lookupWhy} <Link to="/now">{w.states.toNow}</Link>
      </Empty>
    </>
  );
}

function StatusBar() {
  const w = words.value;
  const f = frame.value;
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  return (
    <header class="bar-top">
      <button type="button" class="quiet square menu-button" aria-label={w.menu} aria-expanded={menuOpen.value} onClick={() => (menuOpen.value = true)}>
        <Icon name="menu" />
      </button>
      <Link to="/now" class="brand" label={`${w.brand} · ${w.controlRoom}`}>
        <Mark />
        <span>{w.brand}</span>
      </Link>
      <LiveState />
      {f && (
        <p class="clock" aria-label={w.status.clockLabel}>
          <span class="clock-time">{clock(f.at, "time").slice(0, 5)}<span class="clock-s">{clock(f.at, "time").slice(5)}</span></span>
          <span class="clock-day">{clock(f.at, "day")} {/([+-]\d{2}:\d{2})$/.exec(f.at)?.[1] ? `UTC${/([+-]\d{2}:\d{2})$/.exec(f.at)?.[1]}` : ""}</span>
          <span class="clock-speed">{f.speed === 1 ? w.status.realTime : w.status.speed(num(f.speed))}</span>
        </p>
      )}
      <div class="bar-right">
        {f && f.alarms.unacknowledged > 0 && (
          <Link to="/alarms" class={`chip ${f.alarms.worst === "critical" ? "bad" : "warn"}`} label={w.status.alarms(f.alarms.unacknowledged)}>
            <Icon name="alarms" size={16} />
            <span>{f.alarms.unacknowledged}</span>
          </Link>
        )}
        <button
          type="button"
          class={`chip ${f && f.proposals.waiting > 0 ? "ask" : "idle"}`}
          aria-label={f && f.proposals.waiting > 0 ? w.status.approvals(f.proposals.waiting) : w.approvals.title}
          onClick={() => (approvalsOpen.value = true)}
        >
          <Icon name="approve" size={16} />
          <span>{f?.proposals.waiting ?? 0}</span>
        </button>
        <button type="button" class="quiet lang-button" lang={lang.value === "zh" ? "en" : "zh-CN"} aria-label={w.status.languageLabel} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>
          {lang.value === "zh" ? "EN" : "中文"}
        </button>
        <button type="button" class="quiet square theme-button" title={`${w.status.theme}: ${w.status.themes[theme.value]}`} aria-label={`${w.status.theme}: ${w.status.themes[theme.value]}`} onClick={() => setTheme(next[theme.value])}>
          <Icon name={theme.value === "auto" ? "auto" : theme.value === "light" ? "sun" : "moon"} />
        </button>
        <button type="button" class="quiet square help-button" aria-label={w.help.title} onClick={() => (helpOpen.value = true)}>
          <Icon name="help" />
        </button>
        <button type="button" class="quiet account-button" aria-label={`${w.status.account}: ${me.value?.name ?? ""}`} onClick={() => (accountOpen.value = true)}>
          <Icon name="user" />
          <span class="account-name">{me.value?.name}</span>
        </button>
      </div>
    </header>
  );
}

const Mark = () => (
  <svg class="mark" width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" />
    <path class="weft" d="M5 11h22M5 21h22" />
    <path class="warp" d="M8 6l4 10-4 10M16 6l-4 10 4 10M16 6l4 10-4 10M24 6l-4 10 4 10" />
  </svg>
);

type LiveKind = "live" | "degraded" | "stopped" | "stale" | "opening" | "lost";

function liveKind(): LiveKind {
  const f = frame.value;
  if (!f) return connected.value === "lost" ? "lost" : "opening";
  if (silentS.value > 0) return connected.value === "lost" ? "lost" : "stale";
  return f.state;
}

const LIVE_TONES: Record<LiveKind, string> = { live: "good", degraded: "warn", stopped: "bad", stale: "bad", opening: "calm", lost: "bad" };

function LiveState() {
  const kind = liveKind();
  const before = useRef<LiveKind>(kind);
  const w = words.value.status;
  useEffect(() => {
    // Said aloud when it changes, not with every tick.
    if (before.current !== kind && before.current !== "opening") announce(kind === "live" ? w.back : w[kind], true);
    before.current = kind;
  }, [kind]);
  return (
    <span class={`live-state ${LIVE_TONES[kind]}`} title={frame.value ? w.tick(num(frame.value.tick)) : undefined}>
      <span class="dot" aria-hidden="true" />
      <span class="live-word">{w[kind]}</span>
    </span>
  );
}

function Strips() {
  const w = words.value.status;
  const kind = liveKind();
  const f = frame.value;
  if (kind === "stale") return <p class="strip bad"><Icon name="warn" size={16} /><span>{w.staleFor(silentS.value)}</span></p>;
  if (kind === "lost") return <p class="strip bad"><Icon name="warn" size={16} /><span>{w.lostFor}</span></p>;
  if (kind === "stopped") return <p class="strip bad"><Icon name="warn" size={16} /><span>{w.stoppedWhy}</span></p>;
  if (kind === "degraded" && f)
    return (
      <div class="strip warn">
        <Icon name="warn" size={16} />
        <span>
          {w.degradedWhy} {f.degraded.map((why) => said(why)).join(" · ")}
        </span>
      </div>
    );
  return null;
}

function Nav({ at }: { at: string }) {
  return (
    <nav class="nav" aria-label={words.value.nav.label}>
      <Pages at={at} />
    </nav>
  );
}

function Pages({ at, onGo }: { at: string; onGo?: () => void }) {
  const w = words.value.nav;
  const here = pageAt(at)?.page.path;
  const open = frame.value?.alarms.open ?? 0;
  const pages = openPages();
  return (
    <>
      {(["operate", "plan", "prove", "access"] as const).filter((group) => pages.some((page) => page.group === group)).map((group) => (
        <div class="nav-group" key={group} role="group" aria-label={w[group]}>
          <p class="nav-title" aria-hidden="true">{w[group]}</p>
          <ul>
            {pages.filter((page) => page.group === group).map((page) => (
              <li key={page.path}>
                <Link to={page.path} current={page.path === here} onGo={onGo}>
                  <Icon name={page.icon} />
                  <span>{w[page.name]}</span>
                  {page.name === "alarms" && open > 0 && <span class="count">{open}</span>}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}

function Drawer({ at }: { at: string }) {
  const close = (): void => {
    menuOpen.value = false;
  };
  return (
    <Dialog title={words.value.menu} onClose={close}>
      <nav class="drawer" aria-label={words.value.nav.label}>
        <Pages at={at} onGo={close} />
      </nav>
    </Dialog>
  );
}

function Account() {
  const w = words.value;
  const who = me.value;
  const [changing, setChanging] = useState(false);
  const out = async (): Promise<void> => {
    accountOpen.value = false;
    try {
      await post("/sign-out");
    } finally {
      me.value = null;
      frame.value = null;
      go("/sign-in");
    }
  };
  if (changing)
    return (
      <OwnPassword
        onClose={() => {
          setChanging(false);
          accountOpen.value = false;
        }}
      />
    );
  return (
    <Dialog
      title={w.status.account}
      onClose={() => (accountOpen.value = false)}
      actions={
        <button type="button" onClick={() => void out()}>
          {w.status.signOut}
        </button>
      }
    >
      <dl class="facts">
        <div><dt>{w.status.signedInAs}</dt><dd>{who?.name}</dd></div>
        <div><dt>{w.status.tenant}</dt><dd>{who?.tenant}</dd></div>
        <div><dt>{w.status.roles}</dt><dd>{roleNames(who?.roles ?? [])}</dd></div>
        <div><dt>{w.status.zones}</dt><dd>{who?.zones.map((zone) => w.access.zones[zone] ?? zone).join(", ")}</dd></div>
      </dl>
      <fieldset class="choices">
        <legend>{w.status.theme}</legend>
        {(["auto", "light", "dark"] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="theme" checked={theme.value === one} onChange={() => setTheme(one)} />
            <span>{w.status.themes[one]}</span>
          </label>
        ))}
      </fieldset>
      {(may("tokens_json") || who?.via === "cookie") && (
        <div class="row account-doors">
          {may("tokens_json") && <Link to="/tokens" onGo={() => (accountOpen.value = false)}>{w.nav.tokens}</Link>}
          {who?.via === "cookie" && <button type="button" onClick={() => setChanging(true)}>{w.access.ownPassword}</button>}
        </div>
      )}
      <p class="soft unseen">{dark.value ? w.status.themes.dark : w.status.themes.light}</p>
    </Dialog>
  );
}
