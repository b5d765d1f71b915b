// The page of a job at 1 000 events a second in a real Chromium: from the event to its line. `node bench/page.ts`
import { hasBrowser } from '../tests/page/stage.ts';
import { type Measure, ms, printTable, spread, spreadCells } from './measure.ts';
import { flood } from './page-flood.ts';

export async function benchPage(): Promise<readonly Measure[]> {
  if (!hasBrowser) return [{ what: 'no browser on this machine: not measured', value: '' }];
  const { delays, answers, heaps } = await flood({ events: 20_000, perSecond: 1_000 });
  const mega = (bytes = 0) => `${(bytes / 1e6).toFixed(1)} MB`;
  const sorted = [...delays].sort((a, b) => a - b);
  return [
    {
      what: 'event → line in the page, 1 000 events/s',
      value: `p95 ${ms(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN)}`,
      ...spreadCells(spread(delays)),
    },
    { what: 'key → frame meanwhile', value: '', ...spreadCells(spread(answers)) },
    { what: 'heap of the page after 4 000 and 20 000 events', value: `${mega(heaps[0])}, ${mega(heaps.at(-1))}` },
  ];
}

if (import.meta.main) printTable('The page', await benchPage());
