// What is each province called in the chosen language?
import { useMemo } from "preact/hooks";
import type { NowPage, Page, TerritoryRow } from "../api";
import { useData } from "../http";
import { lang, said, words } from "../prefs";

/** Names of the territories that rules know, over which the room's own regions go. */
export const useNames = (): Map<string, string> => {
  const regions = useData<NowPage>("/now.json").data?.layout.regions;
  const known = useData<Page<TerritoryRow>>("/rules.json?limit=100").data?.items;
  return useMemo(
    () =>
      new Map([
        ...(known ?? []).map((row): [string, string] => [row.territory, lang.value === "zh" ? row.name_zh : row.name_en]),
        ...(regions ?? []).map((region): [string, string] => [region.key, said(region.name)]),
      ]),
    [regions, known, words.value],
  );
};

/** Who approved: a person by name, a policy in the reader's words. */
export const approver = (who: string | null | undefined): string => (who ? (words.value.approvers[who] ?? who) : "–");
