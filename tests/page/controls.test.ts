import { describe, expect, test } from 'vitest';
import { CliBench } from '../scenarios/cli-bench.ts';
import { asks, goesOn } from '../scenarios/cli-jobs.ts';
import { Journal, teamAtWork } from './journal.ts';
import { Product } from './product.ts';
import { frontWithPage, hasBrowser, linkOf, Visit } from './stage.ts';

const button = ({ page }: Visit, name: string) => page.getByRole('button', { name, exact: true });

describe.skipIf(!hasBrowser)('the controls of the page', () => {
  test('pause, resume and steer an agent that works, and show only what the journal says', async () => {
    await using product = await Product.start(new CliBench().withGit().withAgent(goesOn));
    const job = await product.submit('Do it');
    await using visit = await product.visit();
    await visit.go(`/?session=${job}`);
    const head = visit.page.locator('.head');
    const lane = visit.page.getByRole('list', { name: 'Agents' }).getByRole('listitem').first();
    await expect.poll(() => lane.textContent(), { timeout: 20_000 }).toContain('working');
    expect(await button(visit, 'Retry').isDisabled()).toBe(true);
    expect(await button(visit, 'Retry').getAttribute('title')).toBe('nothing waits for a retry');
    await visit.page.getByLabel('Controls').getByRole('button', { name: 'Pause', exact: true }).click();
    await expect.poll(() => head.textContent()).toContain('paused');
    await visit.page.getByLabel('Controls').getByRole('button', { name: 'Resume', exact: true }).click();
    await expect.poll(() => head.textContent()).toContain('running');
    await button(visit, 'Steer …').click();
    await visit.page.getByLabel('Tell solo').fill('finish now');
    await visit.page.keyboard.press('Enter');
    await expect.poll(() => head.textContent(), { timeout: 20_000 }).toContain('completed');
  });

  test('answer a question by its button, and stop only when it is confirmed', async () => {
    await using product = await Product.start(new CliBench().withGit().withAgent(asks));
    const job = await product.submit('Do it');
    await using visit = await product.visit();
    await visit.go(`/?session=${job}`);
    const question = visit.page.getByRole('region', { name: 'Questions for you' });
    await expect.poll(() => question.count(), { timeout: 20_000 }).toBe(1);
    await button(visit, 'Stop …').click();
    await button(visit, 'Let it work').click();
    expect(await question.count()).toBe(1);
    await question.getByLabel('In your own words').fill('red');
    await question.getByRole('button', { name: 'Answer' }).click();
    await expect.poll(() => visit.page.locator('.head').textContent(), { timeout: 20_000 }).toContain('completed');
  });

  test('ask for just what they say, and show it as asked for until somebody takes it in', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}`);
    const { page } = visit;
    const job = page.getByRole('region', { name: 'Controls' });
    await job.getByRole('button', { name: 'Park' }).click();
    await page.getByText('asked for: park …').waitFor();
    await job.getByRole('button', { name: 'Review …' }).click();
    await page.getByLabel('Focus of the review').fill('locks');
    await page.getByRole('button', { name: 'Ask for a review' }).click();
    await job.getByRole('button', { name: 'Budget …' }).click();
    await page.getByLabel('Budget in US dollars').fill('3.5');
    await page.getByRole('button', { name: 'Set the budget' }).click();
    const lane = page.getByRole('list', { name: 'Agents' }).getByRole('listitem').filter({ hasText: 'cargo test' });
    await lane.getByRole('button', { name: 'Pause' }).click();
    await lane.getByRole('button', { name: 'Stop it' }).click();
    await job.getByRole('button', { name: 'Stop …' }).click();
    await page.getByRole('button', { name: 'Stop the job' }).click();
    await expect
      .poll(() => journal.controls())
      .toMatchObject([
        { verb: 'pause', park: true, agent: null },
        { verb: 'review', focus: 'locks' },
        { verb: 'budget', usd: 3.5 },
        { verb: 'pause', agent: 'codex' },
        { verb: 'stop', agent: 'codex' },
        { verb: 'stop', agent: null },
      ]);
  });

  test('are all within reach of the keyboard alone', async () => {
    await using product = await Product.start(new CliBench().withGit().withAgent(asks));
    await product.submit('Do it');
    await using visit = await product.visit();
    const { page } = visit;
    await page.getByRole('link', { name: 'Do it' }).waitFor();
    await tabTo(visit, 'Do it');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Questions for you' }).waitFor({ timeout: 20_000 });
    await tabTo(visit, 'Stop …');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await tabTo(visit, 'In your own words');
    await page.keyboard.type('red');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.head').textContent(), { timeout: 20_000 }).toContain('completed');
  });

  test('are not there for one who follows a link to look at the job', async () => {
    await using product = await Product.start(new CliBench().withGit().withAgent(asks));
    const job = await product.submit('Do it');
    const { out } = await product.bench.call(['open', job, '--share', '--print']);
    await using visit = await Visit.signIn(out.trim());
    await expect.poll(() => visit.page.getByRole('heading', { name: 'Do it' }).count(), { timeout: 20_000 }).toBe(1);
    await expect.poll(() => visit.page.getByRole('region', { name: 'Questions for you' }).count()).toBe(1);
    expect(await visit.page.getByLabel('Controls').count()).toBe(0);
    expect(await button(visit, 'Answer').count()).toBe(0);
  });
});

/** Goes by the tabulator key to what has this name, as somebody without a mouse does. */
async function tabTo({ page }: Visit, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const { activeElement: element } = document;
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
      return [element?.textContent, ...labels.map((label) => label.textContent)].map((text) => text?.trim());
    });
    if (at.includes(name)) return;
  }
  throw new Error(`"${name}" cannot be reached by the tabulator key`);
}
