import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { visible } from '../../../src/kit/display.ts';
import { type BarsData, drawBars } from './bars.ts';

interface ChartProps extends BarsData {
  readonly title: string;
  /** What the table says beyond the bars: cells by row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said where there is nothing to draw. */
  readonly none: string;
}

/** Bars for the eye, and the same as a table. */
export function Chart({ title, columns, rows, none, ...data }: ChartProps) {
  return (
    <section className="chart" aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="none">{none}</p>
      ) : (
        <>
          <Bars {...data} />
          <details>
            <summary>As a table</summary>
            <Table label={title} columns={columns} rows={rows} />
          </details>
        </>
      )}
    </section>
  );
}

function Bars({ labels, layers, format }: BarsData) {
  const place = useRef<HTMLDivElement>(null);
  const [bar, setBar] = useState<number | null>(null);
  const scheme = useScheme();
  const key = JSON.stringify([labels, layers, scheme]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew where something else is to be seen
  useEffect(() => {
    if (!place.current) return;
    const chart = drawBars(place.current, { labels, layers, format }, setBar);
    const size = new ResizeObserver(([entry]) => {
      if (entry) chart.setSize({ width: Math.max(100, entry.contentRect.width), height: chart.height });
    });
    size.observe(place.current);
    return () => {
      size.disconnect();
      chart.destroy();
    };
  }, [key]);
  const shown = bar === null ? undefined : labels[bar];
  return (
    <div aria-hidden="true">
      <div ref={place} className="bars" />
      <p className="legend">
        {layers.map(({ name, colour, values }) => (
          <span key={name} className={`key key${colour}`}>
            {name}
            {bar !== null && shown !== undefined && ` ${format(values[bar] ?? 0)}`}
          </span>
        ))}
        <span className="quiet">{shown !== undefined && visible(shown)}</span>
      </p>
    </div>
  );
}

interface TableProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function Table({ label, columns, rows }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll" aria-label={`${label}, as a table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([head = '', ...cells], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <tr key={i}>
              <th scope="row">{visible(head)}</th>
              {cells.map((cell, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name
                <td key={j}>{visible(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');

/** How the page is coloured just now: a canvas does not follow by itself. */
function useScheme(): string {
  return useSyncExternalStore(
    (changed) => {
      const observer = new MutationObserver(changed);
      observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
      dark.addEventListener('change', changed);
      return () => {
        observer.disconnect();
        dark.removeEventListener('change', changed);
      };
    },
    () => document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light'),
  );
}
