import { describe, expect, test } from 'vitest';
import { cured, done, ended, failed, launched } from '../../src/domain/journal.fixture.ts';
import { serious } from './axe.ts';
import { Journal, teamAtWork } from './journal.ts';
import { frontWithPage, hasBrowser, linkOf, type View, Visit } from './stage.ts';

/** A front that has done a few jobs: one with a trouble that was cured. */
async function busyFront() {
  const webhook = { url: 'https://hooks.example.org/T1/hidden', secret: 's', allowPrivate: false };
  const front = await frontWithPage({ receivers: [webhook] });
  const journal = await Journal.begin(front);
  await journal.write(teamAtWork);
  await journal.write([
    ended('b.1', failed('crashed')),
    cured('b.1', { pattern: 'codex-trust' }),
    launched('b.2', { agent: 'codex' }),
    ended('b.2', done, 1.5),
  ]);
  await journal.end('completed', 'All is done.');
  await Journal.begin(front);
  return front;
}

describe.skipIf(!hasBrowser)('the page of insight', () => {
  const open = async (front: Awaited<ReturnType<typeof busyFront>>, view: View = {}) => {
    const visit = await Visit.signIn(await linkOf(front), view);
    await visit.page.getByRole('link', { name: 'Insight' }).click();
    await visit.page.getByRole('region', { name: 'Cost per day', exact: true }).waitFor();
    return visit;
  };
  /** The rows of a chart's table, once it is opened. */
  const rows = async ({ page }: Visit, name: string) => {
    const chart = page.getByRole('region', { name, exact: true });
    await chart.getByText('As a table').click();
    const all = await chart.getByRole('row').all();
    return Promise.all(all.slice(1).map(async (row) => (await row.locator('th, td').allTextContents()).join(' | ')));
  };

  test('draws what was spent, how jobs ended and what reviewers said, each as a table too', async () => {
    await using front = await busyFront();
    await using visit = await open(front);
    expect(await rows(visit, 'Cost per agent')).toEqual([
      'codex | $1.50 | 0 | 0 | 3 | 2',
      'claude | $0.25 | 0 | 0 | 1 | 0',
    ]);
    expect(await rows(visit, 'Cost per team')).toEqual(['big3 | $1.75 | 0 | 0 | 4 | 2']);
    const days = await rows(visit, 'Jobs that ended per day');
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toMatch(/\| 1 \| 0 \| 0$/);
    expect(await rows(visit, 'Verdicts by author and reviewer')).toEqual([
      'claude × codex | 1 | 0 | 0 | 0',
      'claude × gemini | 0 | 1 | 0 | 0',
    ]);
    expect(await rows(visit, 'Recoveries')).toEqual(['codex-trust | 1 | 1 | 0 | 0 | 100 %']);
    expect((await rows(visit, 'How long things take')).join()).toContain('waiting for a worker | 2');
    await expect.poll(() => visit.page.locator('canvas').count()).toBeGreaterThan(6);
  });

  test('tells who is at work, and where news is sent without what is secret of it', async () => {
    await using front = await busyFront();
    await using visit = await open(front);
    const queue = visit.page.getByRole('region', { name: 'Queue and workers', exact: true });
    expect(await queue.textContent()).toContain('running 1');
    const webhooks = visit.page.getByRole('region', { name: 'Webhooks', exact: true });
    await expect.poll(() => webhooks.textContent()).toContain('https://hooks.example.org');
    expect(await webhooks.textContent()).not.toContain('hidden');
  });

  test('says what will be there where nothing was done yet, and goes back and forth by its address', async () => {
    await using front = await frontWithPage();
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go('/?view=insight');
    await expect.poll(() => visit.page.getByText('No job has ended in these days.').count()).toBe(1);
    await visit.page.getByLabel('The last').selectOption('7 days');
    await visit.page.getByRole('link', { name: 'Tutti', exact: true }).click();
    await visit.page.getByRole('heading', { name: 'What needs you' }).waitFor();
    await visit.page.goBack();
    await visit.page.getByRole('heading', { name: 'Insight' }).waitFor();
  });

  test('fits a phone, and has no serious findings of an accessibility check, light and dark', async () => {
    await using front = await busyFront();
    for (const dark of [false, true]) {
      await using visit = await open(front, { width: 360, height: 740, dark });
      for (const summary of await visit.page.getByText('As a table').all()) await summary.click();
      const wide = await visit.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
      expect(await serious(visit)).toEqual([]);
    }
  });
});
