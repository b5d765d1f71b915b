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
    .flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]))
    .toSorted((a, b) => a - b);
  const [low, high] = [costs[Math.floor((costs.length - 1) / 2)], costs[Math.floor(costs.length / 2)]];
  return low === undefined || high === undefined ? null : { usd: (low + high) / 2, of: costs.length };
}
