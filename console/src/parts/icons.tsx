// Signs of the console: drawn with one stroke width on a 20 px grid.

const PATHS = {
  now: "M3 10h3l2-5 4 10 2-5h3",
  sites: "M4 4h12v4H4zM4 12h12v4H4zM7 6h.01M7 14h.01",
  alarms: "M10 3a5 5 0 0 1 5 5v3l1.5 3h-13L5 11V8a5 5 0 0 1 5-5zM8.5 16.5a1.5 1.5 0 0 0 3 0",
  vpp: "M10 3v14M4 7l6-4 6 4M4 13l6 4 6-4M4 7v6M16 7v6",
  plan: "M4 16V9l4-3 4 3v7M12 16V4h4v12M3 16h14",
  dispatch: "M3 15l4-5 3 3 4-7 3 4M3 17h14",
  market: "M5 16V9M10 16V4M15 16v-5M3 16h14",
  forecasts: "M3 12c3-6 5 2 8-2s4-4 6-5M3 15c3-3 6 0 9-2s4-2 5-2",
  certificates: "M6 3h8v9H6zM8 6h4M8 9h4M8 12v5l2-1.5 2 1.5v-5",
  rules: "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
  audit: "M7 6a3 3 0 1 1 0 6M13 8a3 3 0 1 1 0 6M7 9h6",
  token: "M12.5 3a4.5 4.5 0 1 1-3.4 7.4L4 15.5V17h2.5v-2H9v-2.4M13.5 6.5h.01",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5L5 15",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.5 4.5l1.4 1.4M14.1 14.1l1.4 1.4M15.5 4.5l-1.4 1.4M5.9 14.1l-1.4 1.4",
  moon: "M15.5 12.5A6.5 6.5 0 0 1 7.5 4.5a6.5 6.5 0 1 0 8 8z",
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14z",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.5h.01",
  user: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3 2.5-5 6-5s6 2 6 5",
  check: "M4 10.5l4 4 8-9",
  warn: "M10 3l8 14H2zM10 8v4M10 14.5h.01",
  approve: "M4 4h12v12H4zM7 10l2.2 2.4L13.5 7.5",
  chevron: "M7 4l6 6-6 6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
