import { describe, expect, test } from 'vitest';
import { catalogueOf } from '../../src/apps/catalogue.ts';
import type { Event } from '../../src/domain/event.ts';
import { saw } from '../../src/domain/journal.fixture.ts';
import { config } from '../../src/wire/config.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { asks } from '../scenarios/cli-jobs.ts';
import type { Front } from '../scenarios/gateway-front.ts';
import { serious } from './axe.ts';
import { Journal, teamAtWork } from './journal.ts';
import { Product } from './product.ts';
import { frontWithPage, hasBrowser, linkOf, type View, Visit } from './stage.ts';

const catalogue = catalogueOf(config.parse({}));
const region = ({ page }: Visit, name: string) => page.getByRole('region', { name });
const visitTo = async (front: Front, view: View = {}) => Visit.signIn(await linkOf(front), view);

const asked: Event = {
  type: 'question.asked',
  question: 'q1',
  kind: 'agent',
  assignment: 'a',
  agent: 'claude',
  run: 'a.1',
  review: null,
  text: 'Red or blue?',
  options: [
    { id: 'red', label: 'Red' },
    { id: 'blue', label: 'Blue' },
  ],
  expires_at: null,
};

describe.skipIf(!hasBrowser)('the home of the page', () => {
  test('puts what needs the person first, then what is at work, then what was, each job in one place', async () => {
    await using front = await frontWithPage();
    const [asking, atWork, failed, done] = [
      await Journal.begin(front),
      await Journal.begin(front),
      await Journal.begin(front),
      await Journal.begin(front),
    ];
    await asking.write([...teamAtWork, asked]);
    await atWork.write(teamAtWork);
    await failed.end('failed', 'The check failed.');
    await done.end('completed', 'All is done.');
    await using visit = await visitTo(front);
    const list = (name: string) => visit.page.getByRole('list', { name, exact: true });
    await expect.poll(() => list('Open questions').textContent()).toContain('Red or blue?');
    expect(await list('Failed in the last day').textContent()).toContain('The check failed.');
    expect(await list('Jobs at work').textContent()).toContain('codex');
    expect(await list('Jobs that have ended').getByRole('link').count()).toBe(1);
    expect(await visit.page.getByRole('link', { name: 'Do it' }).count()).toBe(4);
    expect(await visit.page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'What needs you',
      'A task',
      'At work',
      'History',
    ]);
    expect(await visit.page.title()).toBe('(1) Tutti');
  });

  test('a question is answered right there by its button, and goes when the journal has the answer', async () => {
    await using product = await Product.start(new CliBench().withGit().withAgent(asks));
    await product.submit('Do it');
    await using visit = await product.visit();
    const question = visit.page.getByRole('article', { name: /^Question/ });
    await expect.poll(() => question.count(), { timeout: 20_000 }).toBe(1);
    await question.getByRole('button', { name: 'red', exact: true }).click();
    const history = visit.page.getByRole('list', { name: 'Jobs that have ended' });
    await expect.poll(() => history.count(), { timeout: 20_000 }).toBe(1);
    expect(await history.textContent()).toContain('completed');
    expect(await question.count()).toBe(0);
  });

  test('says until when a task for later waits', async () => {
    await using front = await frontWithPage();
    const at = new Date(Date.now() + 3 * 86_400_000);
    await front.post({ utterance: 'Do it later', not_before: at.toISOString() });
    await using visit = await visitTo(front);
    const shown = at.toLocaleDateString('en-GB');
    await expect.poll(() => region(visit, 'At work').textContent()).toContain(`queued until ${shown}`);
  });

  test('a failed job gets another try by a button', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await journal.end('failed', 'The check failed.');
    await using visit = await visitTo(front);
    await region(visit, 'What needs you').getByRole('button', { name: 'Retry' }).click();
    await expect.poll(() => region(visit, 'At work').getByRole('link', { name: 'Do it' }).count()).toBe(1);
    expect((await front.engine.job(journal.job))?.status).toBe('queued');
  });

  test('looks among jobs by words, status, skill and agent, and an address keeps what is looked for', async () => {
    await using front = await frontWithPage();
    for (const utterance of ['Paint the door', 'Paint the wall', 'Mend the roof']) await front.post({ utterance });
    await using visit = await visitTo(front);
    const found = visit.page.getByRole('list', { name: 'Jobs that were found' });
    await expect.poll(() => region(visit, 'At work').getByRole('listitem').count()).toBe(3);
    await visit.page.keyboard.press('/');
    await visit.page.keyboard.type('the PAINT');
    await expect.poll(() => found.getByRole('link').allTextContents()).toEqual(['Paint the wall', 'Paint the door']);
    await visit.page.getByLabel('Status').selectOption('queued');
    await visit.go(new URL(visit.page.url()).search);
    await expect.poll(() => found.getByRole('link').count()).toBe(2);
    expect(await visit.page.getByLabel('Search').inputValue()).toBe('the PAINT');
    await visit.page.getByLabel('Status').selectOption('failed');
    await visit.page.getByRole('button', { name: 'Show all' }).click();
    expect(new URL(visit.page.url()).search).toBe('');
  });

  test('is used by the keyboard alone', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write([...teamAtWork, asked]);
    await using visit = await visitTo(front);
    await visit.page.getByRole('button', { name: 'Blue' }).waitFor();
    const focused = () => visit.page.evaluate(() => document.activeElement?.textContent);
    for (let i = 0; i < 30 && (await focused()) !== 'Blue'; i += 1) await visit.page.keyboard.press('Tab');
    await visit.page.keyboard.press('Enter');
    await expect.poll(() => visit.page.getByText('asked for: Blue').count()).toBe(1);
    // It is shown as asked for, and stays a question until the journal says otherwise.
    expect(await visit.page.getByText('Red or blue?').count()).toBe(1);
  });

  test('fits a phone, and has no serious findings of an accessibility check, light and dark', async () => {
    await using front = await frontWithPage({ catalogue });
    const [asking, failed] = [await Journal.begin(front), await Journal.begin(front)];
    await asking.write([...teamAtWork, asked]);
    await failed.write([saw('a.1', { type: 'message', text: 'x' })]);
    await failed.end('failed', `The check failed: ${'x'.repeat(300)}`);
    for (const dark of [false, true]) {
      await using visit = await visitTo(front, { width: 360, height: 740, dark });
      await visit.page.getByLabel('What is to be done').fill('Refactor the API and validate the staging website');
      await visit.page.getByText('no estimate yet').first().waitFor();
      await visit.page.getByLabel('Folder').fill('/not/there');
      await visit.page.getByRole('button', { name: 'Hand in' }).click();
      await visit.page.getByText('/not/there does not exist').waitFor();
      const wide = await visit.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
      expect(await serious(visit)).toEqual([]);
      await visit.page.getByRole('button', { name: 'Talk …' }).click();
      expect(await serious(visit), 'talk').toEqual([]);
    }
  });
});

describe.skipIf(!hasBrowser)('the box for a task', () => {
  const box = (visit: Visit) => region(visit, 'A task');
  const words = (visit: Visit) => box(visit).getByLabel('What is to be done');

  test('shows while one types which jobs there would be and what such jobs have cost, and hands in by keys', async () => {
    await using front = await frontWithPage({ catalogue });
    const before = await Journal.begin(front);
    await before.write(teamAtWork);
    await before.end('completed', 'All is done.');
    await using visit = await visitTo(front);
    await words(visit).fill('Refactor the API and validate the staging website');
    const preview = visit.page.getByLabel('What it would become');
    await expect.poll(() => preview.getByRole('listitem').count()).toBe(2);
    const [code, look] = await preview.getByRole('listitem').allTextContents();
    expect(code).toMatch(/^coding: .*usually \$0\.25 \(one job\)$/);
    expect(look).toMatch(/^browser: .*no estimate yet$/);
    await words(visit).press('Control+Enter');
    await expect.poll(() => region(visit, 'At work').getByRole('link').count()).toBe(2);
    expect(await words(visit).inputValue()).toBe('');
    await box(visit).getByRole('link', { name: 'watch job 1' }).click();
    await expect.poll(() => visit.page.getByRole('heading', { level: 1 }).textContent()).toContain('Refactor');
  });

  test('keeps what was typed while one looks at a job', async () => {
    await using front = await frontWithPage({ catalogue });
    await Journal.begin(front);
    await using visit = await visitTo(front);
    await words(visit).fill('Paint the');
    await visit.page.getByRole('link', { name: 'Do it' }).click();
    await visit.page.getByRole('heading', { level: 1, name: 'Do it' }).waitFor();
    await visit.page.goBack();
    expect(await words(visit).inputValue()).toBe('Paint the');
  });

  test('says that words steer, and does what they ask', async () => {
    await using front = await frontWithPage({ catalogue });
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await using visit = await visitTo(front);
    await words(visit).fill('pause codex');
    await expect.poll(() => visit.page.getByText('This steers the work under way').count()).toBe(1);
    await box(visit).getByRole('button', { name: 'Hand in' }).click();
    await expect.poll(() => visit.page.getByLabel('What came of it').textContent()).toMatch(/codex/i);
    expect(await region(visit, 'At work').getByRole('link').count()).toBe(1);
  });

  test('shows what is wrong at the field, keeps the words, and hands the same task in once', async () => {
    await using front = await frontWithPage({ catalogue });
    await using visit = await visitTo(front);
    await words(visit).fill('Paint the door');
    await box(visit).getByLabel('Folder').fill('/not/there');
    await box(visit).getByRole('button', { name: 'Hand in' }).click();
    const wrong = box(visit).getByRole('alert').filter({ hasText: '/not/there does not exist' });
    await expect.poll(() => wrong.count()).toBe(1);
    expect(await box(visit).getByLabel('Folder').getAttribute('aria-invalid')).toBe('true');
    await box(visit).getByLabel('Folder').fill('');
    // The first answer is lost on its way: the page cannot know that the task was taken.
    await visit.page.route(
      '**/task',
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await box(visit).getByRole('button', { name: 'Hand in' }).click();
    await expect.poll(() => visit.page.getByLabel('What came of it').textContent()).toContain('does not answer');
    await box(visit).getByRole('button', { name: 'Hand in' }).click();
    await expect.poll(() => box(visit).getByRole('link', { name: 'watch it' }).count()).toBe(1);
    expect(await front.engine.jobs()).toHaveLength(1);
  });
});
