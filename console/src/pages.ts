// Which pages are there? One list for the router, the drawer, the keys and the help.
import type { ComponentType } from "preact";
import type { Words } from "./words/en";
import type { IconName } from "./parts/icons";
import { may } from "./http";

export interface PageDef {
  path: string;
  name: keyof Words["nav"];
  icon: IconName;
  group: "operate" | "plan" | "prove" | "access";
  /** The operation without which the page would be empty; whoever may not call it is not led there. */
  needs?: string;
  /** Pressed after g. */
  key: string;
  /** The component; `rest` is what the address holds behind the page's own path. */
  load: () => Promise<ComponentType<{ rest: string }>>;
  twin: (rest: string) => string;
}

const twin = (path: string) => (rest: string) => `${path}${rest ? `/${rest}` : ""}.json`;

export const PAGES: PageDef[] = [
  { path: "/now", name: "now", icon: "now", group: "operate", key: "n", load: () => import("./pages/now").then((m) => m.Now), twin: twin("/now") },
  { path: "/sites", name: "sites", icon: "sites", group: "operate", key: "s", load: () => import("./pages/sites").then((m) => m.Sites), twin: twin("/sites") },
  { path: "/alarms", name: "alarms", icon: "alarms", group: "operate", key: "a", load: () => import("./pages/alarms").then((m) => m.Alarms), twin: twin("/alarms") },
  { path: "/vpp", name: "vpp", icon: "vpp", group: "operate", key: "v", load: () => import("./pages/vpp").then((m) => m.Vpp), twin: twin("/vpp") },
  { path: "/plan/site", name: "planSite", icon: "plan", group: "plan", key: "p", load: () => import("./pages/plan").then((m) => m.PlanSite), twin: twin("/plan/site") },
  { path: "/dispatch/day", name: "dispatch", icon: "dispatch", group: "plan", key: "d", load: () => import("./pages/dispatch").then((m) => m.DispatchDay), twin: twin("/dispatch/day") },
  { path: "/market", name: "market", icon: "market", group: "plan", key: "m", load: () => import("./pages/market").then((m) => m.Market), twin: twin("/market") },
  { path: "/forecasts", name: "forecasts", icon: "forecasts", group: "plan", key: "f", load: () => import("./pages/forecasts").then((m) => m.Forecasts), twin: twin("/forecasts") },
  { path: "/certificates", name: "certificates", icon: "certificates", group: "prove", key: "c", load: () => import("./pages/certificates").then((m) => m.Certificates), twin: twin("/certificates") },
  { path: "/rules", name: "rules", icon: "rules", group: "prove", key: "r", load: () => import("./pages/rules").then((m) => m.Rules), twin: twin("/rules") },
  { path: "/audit", name: "audit", icon: "audit", group: "prove", key: "u", load: () => import("./pages/audit").then((m) => m.Audit), twin: twin("/audit") },
  { path: "/accounts", name: "accounts", icon: "user", group: "access", key: "w", needs: "accounts_json", load: () => import("./pages/accounts").then((m) => m.Accounts), twin: twin("/accounts") },
  { path: "/tokens", name: "tokens", icon: "token", group: "access", key: "t", needs: "tokens_json", load: () => import("./pages/tokens").then((m) => m.Tokens), twin: twin("/tokens") },
];

/** Pages that whoever is signed in is led to. */
export const openPages = (): PageDef[] => PAGES.filter((page) => !page.needs || may(page.needs));

/** The page of an address, and what stands behind the page's own path. */
export function pageAt(path: string): { page: PageDef; rest: string } | null {
  for (const page of PAGES) {
    if (path === page.path) return { page, rest: "" };
    if (path.startsWith(`${page.path}/`) && (page.path === "/sites" || page.path === "/rules")) return { page, rest: path.slice(page.path.length + 1) };
  }
  return null;
}
