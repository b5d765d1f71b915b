/** What one run cost. Null amounts are unknown; `at` is epoch milliseconds of its end. */
export interface Cost {
  readonly job: string;
  readonly trace: string;
  readonly agent: string;
  readonly at: number;
  readonly usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

export const ledgerGroups = ['agent', 'job', 'trace', 'day'] as const;
export type LedgerGroup = (typeof ledgerGroups)[number];

/** The sum of a group. `unknown` runs told no cost, so that the true amount is higher. */
export interface LedgerRow {
  readonly name: string;
  readonly runs: number;
  readonly usd: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly unknown: number;
}

/**
 * Costs added up by agent, job, trace or day, the dearest first; days in their order.
 * @param dayOf names the local day of a time
 */
export function ledger(costs: readonly Cost[], by: LedgerGroup, dayOf: (at: number) => string): readonly LedgerRow[] {
  const groups = Map.groupBy(costs, (cost) => (by === 'day' ? dayOf(cost.at) : cost[by]));
  const rows = [...groups].map(([name, group]): LedgerRow => {
    const sum = (amount: (cost: Cost) => number | null) =>
      group.reduce((total, cost) => total + (amount(cost) ?? 0), 0);
    return {
      name,
      runs: group.length,
      usd: sum((cost) => cost.usd),
      input_tokens: sum((cost) => cost.input_tokens),
      output_tokens: sum((cost) => cost.output_tokens),
      unknown: group.filter((cost) => cost.usd === null).length,
    };
  });
  return rows.toSorted((a, b) => (by === 'day' ? a.name.localeCompare(b.name) : b.usd - a.usd));
}
