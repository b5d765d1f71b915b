import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { held, saw } from '../../src/domain/journal.fixture.ts';
import { Journal, teamAtWork } from './journal.ts';
import { frontWithPage, hasBrowser, linkOf, Place, Visit } from './stage.ts';

const words = (n: number): Event => saw('a.1', { type: 'message', text: `line ${n}` });

describe.skipIf(!hasBrowser)('the page of a job', () => {
  test('shows the plan with what waits for what, and each agent with its state and evidence', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}`);
    const plan = visit.page.getByRole('figure', { name: 'Plan' });
    await expect
      .poll(() => plan.getByRole('listitem').allTextContents())
      .toEqual([
        'claude: Write the limiter, done',
        'codex: Write its tests, working',
        'gemini: Document it, waiting, after a and b',
      ]);
    const lane = visit.page
      .getByRole('list', { name: 'Agents' })
      .getByRole('listitem')
      .filter({ hasText: 'cargo test' });
    expect(await lane.textContent()).toMatch(/codexreviewer|codeximplementer/);
    expect(await lane.textContent()).toContain('shell: cargo test');
    expect(await visit.page.getByText('$0.25').count()).toBeGreaterThan(0);
  });

  test('draws runs, tools, reviews and decisions over time, nearer on a key and all again on another', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await journal.write([held('b.1'), held('b.1', false)], Date.now() + 2_500);
    await journal.end('completed', 'All is done.', Date.now() + 3_000);
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}&view=timeline`);
    const row = (name: string) => visit.page.getByRole('list', { name, exact: true }).getByRole('listitem');
    await expect
      .poll(() => row('Reviews').allTextContents())
      .toEqual([
        expect.stringContaining('review_001 of a (milestone): LOG_WARNING'),
        expect.stringContaining('decision on review_001: LOG_WARNING'),
      ]);
    expect(await row('claude').allTextContents()).toEqual([expect.stringMatching(/work a: completed, 300 ms/)]);
    expect(await row('claude: tools').allTextContents()).toEqual(['npm test, 100 ms']);
    expect(await row('codex').allTextContents()).toContainEqual(expect.stringMatching(/^stood still: , 100 ms$/));
    const shown = visit.page.getByText(/ shown; keys/);
    const before = await shown.textContent();
    await visit.page.getByRole('figure', { name: 'Waterfall' }).focus();
    await visit.page.keyboard.press('+');
    await expect.poll(() => shown.textContent()).not.toBe(before);
    await visit.page.keyboard.press('0');
    await expect.poll(() => shown.textContent()).toBe(before);
  });

  test('lists events as they come, follows the end until one looks back, and filters', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}&view=events`);
    const log = visit.page.getByRole('log');
    await journal.write(Array.from({ length: 200 }, (_, i) => words(i)));
    await expect.poll(() => log.getByText('line 199').count()).toBe(1);
    await log.focus();
    await visit.page.keyboard.press('Home');
    await expect.poll(() => log.getByText('job.submitted').count()).toBe(1);
    await journal.write([words(200)]);
    await expect.poll(() => visit.page.getByText('221 events').count()).toBe(1);
    expect(await log.getByText('line 200').count()).toBe(0);
    await visit.page.getByLabel('Type').selectOption('decision.made');
    await expect.poll(() => log.getByText('decision on review_001: LOG_WARNING').count()).toBe(1);
    await expect.poll(() => visit.page.getByText('1 events').count()).toBe(1);
  });

  test('a link leads to a moment, however long the journal', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    for (let from = 0; from < 3_000; from += 500)
      await journal.write(Array.from({ length: 500 }, (_, i) => words(from + i)));
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}&view=events&at=1-700`);
    await expect
      .poll(() => visit.page.locator('.event.marked').textContent(), { timeout: 10_000 })
      .toContain('line 680');
  });

  test('goes on without loss or repeat where the gateway goes away in the middle', async () => {
    using place = new Place();
    const before = await place.open();
    const journal = await Journal.begin(before);
    await journal.write(teamAtWork);
    await using visit = await Visit.signIn(await linkOf(before));
    await visit.go(`/?session=${journal.job}&view=events`);
    await expect.poll(() => visit.page.getByText('20 events').count()).toBe(1);
    await before[Symbol.asyncDispose]();
    await expect.poll(() => visit.page.getByText('gateway away').count()).toBe(1);
    await using after = await place.open();
    await journal.goOnAt(after).write([words(1), words(2)]);
    await expect.poll(() => visit.page.getByText('22 events').count(), { timeout: 15_000 }).toBe(1);
    await expect.poll(() => visit.page.getByText('live', { exact: true }).count()).toBe(1);
  });

  test('plays a job again from any moment', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    const start = Date.now();
    await journal.write(teamAtWork, start);
    await journal.write([words(1)], start + 60_000);
    await journal.end('completed', 'All is done.', start + 90_000);
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}&view=replay`);
    await visit.page.getByText('of 1 min 30 s').waitFor();
    await visit.page.getByRole('button', { name: 'Pause' }).click();
    const moment = visit.page.getByRole('slider', { name: 'Moment' });
    await moment.focus();
    await visit.page.keyboard.press('End');
    await expect.poll(() => visit.page.getByText('All is done.').count()).toBe(1);
    await visit.page.keyboard.press('Home');
    await expect.poll(() => visit.page.getByText('All is done.').count()).toBe(0);
    await visit.page.getByLabel('Speed').selectOption('1000');
    await visit.page.getByRole('button', { name: 'Play' }).click();
    await expect.poll(() => visit.page.getByText('All is done.').count(), { timeout: 15_000 }).toBe(1);
  });
});
