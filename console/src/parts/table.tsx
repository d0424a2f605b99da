// How are rows shown? A table with a caption, numbers to the right, and its own scroll where it is wide.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Column<Row> {
  key: string;
  head: ComponentChildren;
  unit?: string;
  number?: boolean;
  /** Kept on one line, as instants are. */
  fixed?: boolean;
  /** Hidden on a phone. */
  wide?: boolean;
  cell: (row: Row, index: number) => ComponentChildren;
}

interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  id?: (row: Row, index: number) => string | number;
  tall?: boolean;
}

const classOf = (column: { number?: boolean; wide?: boolean; fixed?: boolean }): string =>
  [column.number && "n", column.wide && "wide", column.fixed && "fixed"].filter(Boolean).join(" ");

/** Whether a region is wider or taller than its window; only then a keyboard needs to reach it. */
export function Scroller({ label, tall, children }: { label: string; tall?: boolean; children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const look = (): void => {
      const node = place.current;
      if (node) setScrolls(node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight + 1);
    };
    look();
    const observer = new ResizeObserver(look);
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, [children]);
  return (
    <div ref={place} class={`scroller ${tall ? "tall" : ""}`} role={scrolls ? "group" : undefined} aria-label={scrolls ? label : undefined} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </div>
  );
}

export function Table<Row>({ label, columns, rows, id, tall }: TableProps<Row>) {
  return (
    <Scroller label={label} tall={tall}>
      <table>
        <caption class="unseen">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={classOf(column)}>
                {column.head}
                {column.unit && <span class="th-unit"> {column.unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={id ? id(row, index) : index}>
              {columns.map((column, k) =>
                k === 0 ? (
                  <th key={column.key} scope="row" class={classOf(column)}>
                    {column.cell(row, index)}
                  </th>
                ) : (
                  <td key={column.key} class={classOf(column)}>
                    {column.cell(row, index)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const ROW_PX = 36;
const OVERSCAN = 8;

/** The same for a thousand rows that change: only those in the window exist. */
export function VirtualTable<Row>({ label, columns, rows, id }: TableProps<Row>) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 640 });
  useEffect(() => {
    const node = place.current;
    if (!node) return;
    let asked = 0;
    const look = (): void => {
      asked = 0;
      setView((before) => {
        const next = { top: Math.floor(node.scrollTop / ROW_PX) * ROW_PX, height: node.clientHeight };
        return before.top === next.top && before.height === next.height ? before : next;
      });
    };
    const later = (): void => {
      if (!asked) asked = requestAnimationFrame(look);
    };
    look();
    node.addEventListener("scroll", later, { passive: true });
    const observer = new ResizeObserver(later);
    observer.observe(node);
    return () => {
      cancelAnimationFrame(asked);
      node.removeEventListener("scroll", later);
      observer.disconnect();
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW_PX) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW_PX) + OVERSCAN);
  return (
    <div ref={place} class="scroller virtual" role="region" aria-label={label} tabIndex={0}>
      <table aria-rowcount={rows.length + 1}>
        <caption class="unseen">{label}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={classOf(column)}>
                {column.head}
                {column.unit && <span class="th-unit"> {column.unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && (
            <tr aria-hidden="true" class="spacer">
              <td colSpan={columns.length} style={{ height: `${first * ROW_PX}px` }} />
            </tr>
          )}
          {rows.slice(first, last).map((row, k) => (
            <tr key={id ? id(row, first + k) : first + k} aria-rowindex={first + k + 2}>
              {columns.map((column, c) =>
                c === 0 ? (
                  <th key={column.key} scope="row" class={classOf(column)}>
                    {column.cell(row, first + k)}
                  </th>
                ) : (
                  <td key={column.key} class={classOf(column)}>
                    {column.cell(row, first + k)}
                  </td>
                ),
              )}
            </tr>
          ))}
          {last < rows.length && (
            <tr aria-hidden="true" class="spacer">
              <td colSpan={columns.length} style={{ height: `${(rows.length - last) * ROW_PX}px` }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
