import { expect, test } from 'vitest';
import { measure, texts } from './accuracy.ts';

/** As it was measured; docs/routing.md tells when each part was written, and what it gave at first sight. */
const HELD_OUT_FLOOR = 0.98;

test('of the utterances the router was tuned on at least 95 % give exactly the expected jobs and control', () => {
  const { count, exact, wrong } = measure('tuned');
  expect(count).toBeGreaterThanOrEqual(150);
  expect(exact, JSON.stringify(wrong, null, 1)).toBeGreaterThanOrEqual(0.95);
});

test('utterances the router was not tuned on are routed about as well', () => {
  const { count, exact, wrong } = measure('held-out');
  console.info(`held out: ${(exact * 100).toFixed(1)} % of ${count} exact`);
  expect(count).toBeGreaterThanOrEqual(150);
  expect(exact, JSON.stringify(wrong, null, 1)).toBeGreaterThanOrEqual(HELD_OUT_FLOOR);
});

test('no utterance stands in both parts', () => {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9 ]/g, '')
      .trim();
  const tuned = new Set(texts('tuned').map(plain));
  expect(
    texts('held-out')
      .map(plain)
      .filter((text) => tuned.has(text)),
  ).toEqual([]);
});
