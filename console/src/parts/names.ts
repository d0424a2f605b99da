// What is each province called in the chosen language?
import { useMemo } from "preact/hooks";
import type { NowPage } from "../api";
import { useData } from "../http";
import { said, words } from "../prefs";

export const useNames = (): Map<string, string> => {
  const page = useData<NowPage>("/now.json");
  const regions = page.data?.layout.regions;
  return useMemo(() => new Map((regions ?? []).map((region) => [region.key, said(region.name)])), [regions, words.value]);
};
