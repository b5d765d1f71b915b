import type { Session } from '../domain/session.ts';
import type { Workshop } from './workshop.ts';

/** Epoch milliseconds at which the local day of `now` began. */
export function startOfDay(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** US dollars that ended runs of all jobs cost since midnight, and the open runs of this job so far. */
export async function spentToday(shop: Workshop, job: string, session: Session): Promise<number> {
  const rows = await shop.engine.costs(startOfDay(shop.clock.now()));
  const ended = rows.reduce((sum, row) => sum + (row.usd ?? 0), 0);
  const written = new Set(rows.flatMap((row) => (row.job === job ? [row.run] : [])));
  const open = [...session.runs.values()].filter((run) => !run.outcome && !written.has(run.id));
  return open.reduce((sum, run) => sum + (run.usage.cost_usd ?? 0), ended);
}
