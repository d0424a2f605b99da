// A drawing of ECharts, loaded when the first one is needed, with a table behind it for whoever cannot see it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { dark, lang, words } from "../prefs";
import type { Palette } from "./palette";
import { palette } from "./palette";
import type { Drawing, Options } from "./echarts";

export interface ChartProps {
  label: string;
  /** Makes the drawing's options for the present colours. */
  options: (colours: Palette) => Options;
  /** What the drawing depends on. */
  on: unknown[];
  height?: number;
  table: ComponentChildren;
}

export function Chart({ label, options, on, height = 260, table }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const [ready, setReady] = useState(false);
  const isDark = dark.value;
  const spoken = lang.value;

  useEffect(() => {
    let gone = false;
    const node = place.current;
    if (!node) return;
    let observer: ResizeObserver | null = null;
    void import("./echarts").then(({ draw }) => {
      if (gone) return;
      drawing.current = draw(node);
      observer = new ResizeObserver(() => drawing.current?.resize());
      observer.observe(node);
      setReady(true);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      drawing.current?.dispose();
      drawing.current = null;
    };
  }, []);

  useEffect(() => {
    if (ready) drawing.current?.setOption({ animation: false, ...options(palette()) }, true);
  }, [ready, isDark, spoken, ...on]);

  return (
    <figure class="chart">
      <div ref={place} class="draw" role="img" aria-label={label} style={{ height: `${height}px` }} />
      <details class="behind">
        <summary>{words.value.showTable}</summary>
        {table}
      </details>
    </figure>
  );
}

/** What every chart with two axes has alike. */
export function axes(c: Palette) {
  const text = { color: c.soft, fontSize: 11, fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    text,
    grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true, outerBoundsMode: "same" as const },
    x: { axisLine: { lineStyle: { color: c.rule } }, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true } },
    y: { axisLabel: text, nameTextStyle: { ...text, align: "left" as const }, splitLine: { lineStyle: { color: c.rule, width: 1 } }, nameGap: 10 },
    legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: text, icon: "roundRect" },
    tooltip: {
      // Drawn inside the canvas: markup with styles of its own is what the security policy forbids.
      renderMode: "richText" as const,
      trigger: "axis" as const,
      confine: true,
      backgroundColor: c.paper,
      borderColor: c.rule,
      textStyle: { color: c.ink, fontSize: 12, fontFamily: text.fontFamily },
    },
  };
}
