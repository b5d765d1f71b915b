import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, fatalOf, rollOverAfterMs } from './line.ts';

const MINUTE = 60_000;

test('the wait grows to half a minute and never ends, whatever chance says', () => {
  const chance = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), chance, (failures, by) => {
      const wait = backoffMs(failures, by, null);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThan(Math.min(30_000, 250 * 2 ** Math.min(failures - 1, 20)));
    }),
  );
});

test('what the service asks to wait is waited, within reason', () => {
  expect(backoffMs(1, 0, 7_000)).toBe(7_000);
  expect(backoffMs(1, 0.5, 7_000)).toBe(7_125);
  expect(backoffMs(1, 0, 86_400_000)).toBe(300_000);
});

test('a session is left two minutes before its end, and at the latest after 25 minutes', () => {
  expect(rollOverAfterMs(0, 15 * MINUTE)).toBe(13 * MINUTE);
  expect(rollOverAfterMs(0, 60 * MINUTE)).toBe(25 * MINUTE);
  expect(rollOverAfterMs(0, null)).toBe(25 * MINUTE);
});

test('a clock that is hours ahead does not make the line roll over without end', () => {
  expect(rollOverAfterMs(10 * 60 * MINUTE, 60 * MINUTE)).toBe(5 * MINUTE);
});

test.for([
  [{ code: 'insufficient_quota', status: 429 }, 'insufficient_quota'],
  [{ code: 'invalid_request_error.beta_api_shape_disabled', status: null }, 'beta_api_shape_disabled'],
  [{ code: null, status: 401 }, 'invalid_api_key'],
  [{ code: null, status: 404 }, 'model_not_found'],
  [{ code: null, status: 403 }, 'refused'],
  [{ code: 'rate_limit_exceeded', status: 429 }, null],
  [{ code: null, status: 503 }, null],
  [{ code: 'session_expired', status: null }, null],
  [{ code: 'toString', status: null }, null],
] as const)('of %o, what ends it is %s', ([loss, code]) => {
  expect(fatalOf(loss)?.code ?? null).toBe(code);
});
