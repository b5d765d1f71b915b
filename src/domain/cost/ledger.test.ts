import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cost, ledger, ledgerGroups } from './ledger.ts';

const dayOf = (at: number) => `day ${Math.floor(at / 10)}`;
const amount = fc.option(fc.integer({ min: 0, max: 1_000 }));
const cost: fc.Arbitrary<Cost> = fc.record({
  job: fc.constantFrom('j1', 'j2'),
  trace: fc.constantFrom('t1', 't2'),
  agent: fc.constantFrom('claude', 'codex'),
  at: fc.integer({ min: 0, max: 30 }),
  usd: amount,
  input_tokens: amount,
  output_tokens: amount,
});

test('however the costs are grouped, nothing is lost and nothing counts twice', () => {
  fc.assert(
    fc.property(fc.array(cost), fc.constantFrom(...ledgerGroups), (costs, by) => {
      const rows = ledger(costs, by, dayOf);
      const total = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0);
      expect(total(rows.map((row) => row.runs))).toBe(costs.length);
      expect(total(rows.map((row) => row.usd))).toBe(total(costs.map((one) => one.usd ?? 0)));
      expect(total(rows.map((row) => row.unknown))).toBe(costs.filter((one) => one.usd === null).length);
      expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    }),
  );
});

test('days stand in their order, all else by its price', () => {
  const one = { job: 'j', trace: 't', input_tokens: 1, output_tokens: 1 };
  const costs: Cost[] = [
    { ...one, agent: 'claude', at: 25, usd: 1 },
    { ...one, agent: 'codex', at: 5, usd: 3 },
  ];
  expect(ledger(costs, 'day', dayOf).map((row) => row.name)).toEqual(['day 0', 'day 2']);
  expect(ledger(costs, 'agent', dayOf).map((row) => row.name)).toEqual(['codex', 'claude']);
});
