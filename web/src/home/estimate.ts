import { percentile } from '../../../src/kit/percentile.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';

/** Who is to do a task; empty: as its words ask. */
export interface Who {
  readonly team: string;
  readonly agent: string;
}

/** What such a job has usually cost: the median of the past ones, US dollars; null where there was none. */
export function usualCost(
  cards: readonly JobCard[],
  skill: string,
  { team, agent }: Who,
): { readonly usd: number; readonly of: number } | null {
  const costs = cards
    .filter((card) => card.status === 'completed' && card.skill === skill)
    .filter((card) => team === '' || card.team === team)
    .filter((card) => agent === '' || (card.team === null && card.agents.some((one) => one.agent === agent)))
    .flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]));
  const usd = percentile(costs, 50);
  return usd === null ? null : { usd, of: costs.length };
}
