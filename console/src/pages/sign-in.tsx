// Who are you? An account, single sign-on, or the one-time link of the demonstration.
import { useEffect, useState } from "preact/hooks";
import type { Ways } from "../api";
import { askMe, ended, get, me, post, Refused } from "../http";
import { lang, setLang, words } from "../prefs";
import { go, path } from "../router";
import { Loading } from "../parts/states";

const landing = (): string => (path.value === "/sign-in" || path.value === "/" ? "/now" : path.value);

export function SignIn() {
  const w = words.value.signIn;
  const once = /once=([^&]+)/.exec(location.hash)?.[1];
  const [busy, setBusy] = useState(Boolean(once));
  const [wrong, setWrong] = useState(location.hash === "#refused" ? w.refused : ended.peek() ? w.ended : "");
  const [ways, setWays] = useState<Ways | null>(null);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");

  const enter = async (door: string, body: Record<string, string>, refused: string): Promise<void> => {
    setBusy(true);
    setWrong("");
    try {
      await post(door, body);
      await askMe();
      // A link that worked once must not stay in the address.
      history.replaceState(null, "", location.pathname);
      if (me.value) go(landing(), { replace: true });
    } catch (error) {
      const status = (error as Refused).status;
      setWrong(status === 0 ? words.value.states.unreachable : status === 429 ? words.value.states.tooMany : refused);
    }
    setBusy(false);
  };

  useEffect(() => {
    document.title = `${w.title} · ${words.value.brand}`;
    get<Ways>("/sign-in.json").then(setWays, () => setWays(null));
    if (once) void enter("/sign-in/once", { once: decodeURIComponent(once) }, w.onceFailed);
  }, []);

  return (
    <main class="sign-in" id="main">
      <div class="sign-in-box">
        <div class="row spread">
          <p class="sign-in-brand">{words.value.brand}</p>
          <button type="button" class="quiet" lang={lang.value === "zh" ? "en" : "zh-CN"} aria-label={words.value.status.languageLabel} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>
            {words.value.status.language}
          </button>
        </div>
        <h1>{w.title}</h1>
        <p class="soft">{w.lead}</p>
        {busy && once ? (
          <>
            <p>{w.once}</p>
            <Loading rows={2} />
          </>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void enter("/sign-in", { name, password }, w.wrong);
            }}
          >
            <label class="field">
              <span>{w.name}</span>
              <input name="name" autocomplete="username" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
            </label>
            <label class="field">
              <span>{w.password}</span>
              <input name="password" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
            </label>
            <p class="wrong" role="alert">{wrong}</p>
            <button type="submit" class="primary wide-button" disabled={busy}>
              {w.go}
            </button>
            {ways?.oidc && <a class="oidc" href="/sign-in/oidc">{w.oidc}</a>}
          </form>
        )}
      </div>
    </main>
  );
}
