import { describe, expect, test } from 'vitest';
import { flood } from '../../bench/page-flood.ts';
import { hasBrowser } from './stage.ts';

describe.skipIf(!hasBrowser)('the page under a flood of events', () => {
  test('shows a hundred thousand events of a job in a heap that stays flat, each reachable', async () => {
    const { heaps, shown, first } = await flood({ events: 100_000, perSecond: null });
    expect(shown).toBe('100002 events');
    expect(first).toContain('job.submitted');
    const [early = 0] = heaps;
    expect(Math.max(...heaps), `bytes after each fifth: ${heaps}`).toBeLessThan(early + 6_000_000);
  }, 120_000);
});
