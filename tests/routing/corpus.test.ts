import { expect, test } from 'vitest';
import { measure } from './accuracy.ts';

/** What the held-out part measured the one time before anything was changed because of it was 0.983. */
const HELD_OUT_FLOOR = 0.98;

test('of the utterances the router was tuned on at least 95 % give exactly the expected jobs and control', () => {
  const { count, exact, wrong } = measure('tuned');
  expect(count).toBeGreaterThanOrEqual(150);
  expect(exact, JSON.stringify(wrong, null, 1)).toBeGreaterThanOrEqual(0.95);
});

test('utterances written before there was a router are routed about as well', () => {
  const { count, exact, wrong } = measure('held-out');
  console.info(`held out: ${(exact * 100).toFixed(1)} % of ${count} exact`);
  expect(count).toBeGreaterThanOrEqual(150);
  expect(exact, JSON.stringify(wrong, null, 1)).toBeGreaterThanOrEqual(HELD_OUT_FLOOR);
});
