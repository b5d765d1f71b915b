import type { InsightAnswer } from '../../../src/wire/insight.ts';
import { count, dollars, duration } from '../parts/format.ts';
import { Chart } from './chart.tsx';

const NONE = 'Nothing yet: it fills as jobs are done.';

interface CostProps {
  /** Such as `Cost per day`. */
  readonly by: string;
  readonly rows: InsightAnswer['costs']['day'];
}

/** Costs with the tokens beside them. */
export function Costs({ by, rows }: CostProps) {
  const labels = rows.map(({ name }) => shortDay(name));
  const isSpent = rows.some(({ runs }) => runs > 0);
  const columns = [by, 'cost', 'tokens in', 'tokens out', 'runs', 'of unknown cost'];
  const cells = rows.map((row) => {
    const amounts = [dollars(row.usd), count(row.input_tokens), count(row.output_tokens)];
    return [row.name, ...amounts, String(row.runs), String(row.unknown)];
  });
  const table = { columns, rows: isSpent ? cells : [], none: NONE, labels };
  return (
    <>
      <Chart
        title={`Cost per ${by}`}
        {...table}
        layers={[{ name: 'cost', colour: '--accent', values: rows.map(({ usd }) => usd) }]}
        format={dollars}
      />
      <Chart
        title={`Tokens per ${by}`}
        {...table}
        layers={[
          { name: 'read', colour: '--accent', values: rows.map((row) => row.input_tokens) },
          { name: 'written', colour: '--warn', values: rows.map((row) => row.output_tokens) },
        ]}
        format={count}
      />
    </>
  );
}

/** `2026-11-21` as `11-21`; other names as they are. */
function shortDay(name: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(name) ? name.slice(5) : name;
}

export function Throughput({ days }: { readonly days: InsightAnswer['throughput'] }) {
  const isAny = days.some(({ completed, failed, cancelled }) => completed + failed + cancelled > 0);
  const rows = days.map((day) => [day.day, String(day.completed), String(day.failed), String(day.cancelled)]);
  return (
    <Chart
      title="Jobs that ended per day"
      columns={['day', 'completed', 'failed', 'cancelled']}
      rows={isAny ? rows : []}
      none="No job has ended in these days."
      labels={days.map(({ day }) => shortDay(day))}
      layers={[
        { name: 'completed', colour: '--good', values: days.map(({ completed }) => completed) },
        { name: 'failed', colour: '--bad', values: days.map(({ failed }) => failed) },
        { name: 'cancelled', colour: '--quiet', values: days.map(({ cancelled }) => cancelled) },
      ]}
      format={whole}
    />
  );
}

const phaseNames: Readonly<Record<InsightAnswer['phases'][number]['phase'], string>> = {
  queue: 'waiting for a worker',
  plan: 'planning',
  work: 'a run of work',
  look: 'a look at a page',
  review: 'a reviewer’s run',
  decision: 'review to decision',
  summary: 'summary',
  job: 'the whole job',
};

export function Phases({ phases }: { readonly phases: InsightAnswer['phases'] }) {
  const names = phases.map(({ phase }) => phaseNames[phase]);
  const rows = phases.map(({ count: n, p50_ms, p95_ms }, i) => {
    return [names[i] ?? '', String(n), duration(p50_ms), duration(p95_ms)];
  });
  return (
    <Chart
      title="How long things take"
      columns={['phase', 'how many', 'half are within', '95 of 100 within']}
      rows={rows}
      none={NONE}
      labels={phases.map(({ phase }) => phase)}
      layers={[
        { name: 'half within', colour: '--accent', values: phases.map(({ p50_ms }) => p50_ms) },
        { name: 'up to 95 of 100', colour: '--rule', values: phases.map((one) => one.p95_ms - one.p50_ms) },
      ]}
      format={duration}
    />
  );
}

export function Recoveries({ recoveries }: { readonly recoveries: InsightAnswer['recoveries'] }) {
  const names = recoveries.map(({ pattern, issue }) => pattern ?? issue);
  const open = recoveries.map(({ taken, cured, returned }) => taken - cured - returned);
  const rows = recoveries.map(({ taken, cured, returned, escalated }, i) => {
    const rate = taken === 0 ? '–' : `${Math.round((cured / taken) * 100)} %`;
    return [names[i] ?? '', String(taken), String(cured), String(returned), String(escalated), rate];
  });
  return (
    <Chart
      title="Recoveries"
      columns={['trouble', 'cures', 'cured', 'came again', 'needed help', 'success']}
      rows={rows}
      none="No trouble needed a cure."
      labels={names}
      layers={[
        { name: 'cured', colour: '--good', values: recoveries.map(({ cured }) => cured) },
        { name: 'came again', colour: '--bad', values: recoveries.map(({ returned }) => returned) },
        { name: 'needed help', colour: '--warn', values: recoveries.map(({ escalated }) => escalated) },
        { name: 'not known yet', colour: '--quiet', values: open },
      ]}
      format={whole}
    />
  );
}

export function Verdicts({ verdicts }: { readonly verdicts: InsightAnswer['verdicts'] }) {
  const names = verdicts.map(({ author, reviewer }) => `${author} × ${reviewer}`);
  const rows = verdicts.map(({ approved, concerns, blocker, none }, i) => {
    return [names[i] ?? '', String(approved), String(concerns), String(blocker), String(none)];
  });
  return (
    <Chart
      title="Verdicts by author and reviewer"
      columns={['author × reviewer', 'approved', 'concerns', 'blocker', 'none']}
      rows={rows}
      none="Nothing was reviewed in these days."
      labels={names}
      layers={[
        { name: 'approved', colour: '--good', values: verdicts.map(({ approved }) => approved) },
        { name: 'concerns', colour: '--warn', values: verdicts.map(({ concerns }) => concerns) },
        { name: 'blocker', colour: '--bad', values: verdicts.map(({ blocker }) => blocker) },
        { name: 'no verdict', colour: '--quiet', values: verdicts.map(({ none }) => none) },
      ]}
      format={whole}
    />
  );
}

/** Between two whole numbers there is nothing to name. */
function whole(value: number): string {
  return Number.isInteger(value) ? String(value) : '';
}
