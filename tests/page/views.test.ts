import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { answered, assignment, chosen, launched, opened, planned, saw } from '../../src/domain/journal.fixture.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { serious } from './axe.ts';
import { Journal, teamAtWork } from './journal.ts';
import { Product } from './product.ts';
import { frontWithPage, hasBrowser, linkOf, Visit } from './stage.ts';

const finding = {
  severity: 'high' as const,
  description: 'This is never closed.',
  file: 'made.ts',
  line: 2,
  in_change: true,
};
const found: Event = { ...answered('review_001', 'gemini', 'concerns'), issues: [finding] } as Event;

/** An agent's words that would do harm if they were anything but words. */
const hostile = [
  '<img src=x onerror="window.hurt = 1">',
  '<script>window.hurt = 1</script>',
  '[click](javascript:window.hurt=1)',
  '\u001b]0;owned\u0007\u001b[2J',
  'abc\u202Etxt.exe',
  `"><svg/onload=window.hurt=1>`,
  'x'.repeat(1 << 20),
];

describe.skipIf(!hasBrowser)('the views of a job', () => {
  test('show reviews with their findings, each a link to its line', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(
      teamAtWork.map((event) => (event.type === 'review.answered' && event.reviewer === 'gemini' ? found : event)),
    );
    await using visit = await Visit.signIn(await linkOf(front));
    await visit.go(`/?session=${journal.job}&view=reviews`);
    const review = visit.page.getByRole('article', { name: 'review_001' });
    await expect.poll(() => review.textContent()).toContain('LOG_WARNING');
    expect(await review.textContent()).toContain('gemini concerns');
    await review.getByRole('link', { name: 'made.ts:2' }).click();
    expect(new URL(visit.page.url()).hash).toBe('#made.ts%3A2');
    await expect.poll(() => visit.page.getByText(/has no integrated result/).count()).toBe(1);
  });

  test('show what an agent changes, side by side too, and bring the result into the files', async () => {
    const part = { work: [{ write: 'made.ts', content: 'const a = 1;\nconst b = 2; // two\n' }, { done: 'made' }] };
    await using product = await Product.start(new CliBench().withGit().withAgent(part));
    const job = await product.submit('Make it');
    await using visit = await product.visit();
    await visit.go(`/?session=${job}&view=result`);
    await expect.poll(() => visit.page.locator('.head').textContent(), { timeout: 20_000 }).toContain('completed');
    await visit.page.getByRole('link', { name: 'Changes' }).click();
    const diff = visit.page.getByRole('region', { name: 'Diff' });
    await expect.poll(() => diff.textContent()).toContain('made.ts');
    expect(await diff.textContent()).toContain('const b = 2; // two');
    expect(await diff.locator('.tint-comment').textContent()).toBe('// two');
    await visit.page.getByLabel('Side by side').check();
    await expect.poll(() => diff.locator('.split').count()).toBe(2);
    await visit.page.getByRole('combobox', { name: 'Of' }).selectOption('solo');
    await expect.poll(() => diff.textContent()).toContain('const a = 1;');
    await visit.page.getByRole('link', { name: 'Result' }).click();
    await visit.page.getByRole('button', { name: 'Into the files' }).click();
    await visit.page.getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => visit.page.getByText('1 file(s) changed').count()).toBe(1);
    expect(readFileSync(join(product.bench.project, 'made.ts'), 'utf8')).toContain('const b = 2');
    await visit.page.getByRole('link', { name: 'Raw words' }).click();
    await expect
      .poll(() => visit.page.getByRole('region', { name: 'What solo said' }).textContent())
      .toContain('"result"');
  });

  test('name the task in a heading of bounded height on a phone, whole on demand, without obeying its characters', async () => {
    await using front = await frontWithPage();
    const utterance = `exe\u202Etxt\u0007 ${'w'.repeat(30_000)}\nlast line`;
    const { json } = await front.post({ utterance, skill: 'coding' });
    await using visit = await Visit.signIn(await linkOf(front), { width: 360, height: 740 });
    await visit.go(`/?session=${json?.job_id}`);
    const heading = visit.page.getByRole('heading', { level: 1 });
    await expect.poll(() => heading.textContent()).toContain('exe\\u202etxt\\x07 www');
    const size = () => visit.page.evaluate(() => [document.body.scrollWidth, document.body.scrollHeight]);
    const isSmall = ([width = 0, height = 0]: number[]) => width <= 360 && height < 1_500;
    expect(await size()).toSatisfy(isSmall);
    await visit.page.getByText('The whole task').click();
    expect(await visit.page.locator('.head pre').textContent()).toBe(
      `exe\\u202etxt\\x07 ${'w'.repeat(30_000)}\nlast line`,
    );
    expect(await size()).toSatisfy(isSmall);
    expect(await serious(visit)).toEqual([]);
  });

  test('show words of agents as codes and within a phone wherever they stand, also in plan, lanes, timeline and answers', async () => {
    await using front = await frontWithPage();
    const question = {
      type: 'question.asked',
      question: 'q1',
      kind: 'agent',
      assignment: 'a',
      agent: 'claude',
      run: 'a.1',
    } as const;
    for (const words of ['\u202Etxt\u0007\u001b[31m', 'w'.repeat(30_000)]) {
      const journal = await Journal.begin(front);
      await journal.write([
        chosen(),
        planned(assignment('a', { title: words, responsibilities: [words] })),
        opened('a'),
        launched('a.1'),
        saw('a.1', { type: 'tool_started', call: '1', kind: 'command', name: words, title: words }),
        { ...question, review: null, text: words, options: [{ id: 'red', label: words }], expires_at: null },
      ]);
      await using visit = await Visit.signIn(await linkOf(front), { width: 360, height: 740 });
      for (const at of [
        '/',
        ...['overview', 'timeline', 'events'].map((view) => `/?session=${journal.job}&view=${view}`),
      ]) {
        await visit.go(at);
        const question = visit.page.getByRole('article', { name: /^Question/ });
        await expect.poll(() => question.count(), at).toBeGreaterThan(0);
        const found = await visit.page.evaluate(() => {
          const { scrollWidth, scrollHeight, outerHTML } = document.documentElement;
          return {
            obeyed: ['\u202e', '\u0007', '\u001b'].some((one) => outerHTML.includes(one)),
            isSmall: scrollWidth <= 360 && scrollHeight < 4_000,
          };
        });
        expect(found, at).toEqual({ obeyed: false, isSmall: true });
      }
    }
  });

  test('tell lengths by the gateway’s clock, whatever the browser’s own says', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork, Date.now() - 60_000);
    for (const off of [-3 * 3_600_000, 3 * 3_600_000]) {
      await using visit = await Visit.signIn(await linkOf(front));
      await visit.page.addInitScript(`{
        const real = Date.now;
        Date.now = () => real() + ${off};
      }`);
      await visit.go(`/?session=${journal.job}`);
      const lane = visit.page.getByRole('list', { name: 'Agents' }).getByRole('listitem').nth(1);
      await expect.poll(() => lane.textContent()).toMatch(/Time(5\d s|1 min)/);
      expect(await visit.page.locator('main').textContent()).not.toMatch(/3 h|-\d+ ms|10[78]\d\d s/);
    }
  });

  test('say that a job is not there, or not to be seen any more, instead of showing an empty one', async () => {
    await using front = await frontWithPage();
    const { job } = await Journal.begin(front);
    await using visit = await Visit.signIn(await linkOf(front));
    for (const view of ['overview', 'replay']) {
      await visit.go(`/?session=nobody&view=${view}`);
      await expect.poll(() => visit.page.locator('main').textContent()).toContain('There is no job nobody here');
      expect(await visit.page.getByRole('button', { name: 'Stop …' }).count()).toBe(0);
    }
    await visit.page.getByRole('link', { name: 'look at all jobs' }).click();
    await expect.poll(() => visit.page.getByRole('link', { name: 'Do it' }).count()).toBe(1);
    await visit.page.context().clearCookies();
    await visit.page.getByRole('link', { name: 'Do it' }).click();
    await expect.poll(() => visit.page.locator('main').textContent()).toContain('run tutti open where Tutti runs');
    expect(new URL(visit.page.url()).searchParams.get('session')).toBe(job);
  });

  test('bring a result in as one commit or as a merge, or hand it out as a patch', async () => {
    const part = { work: [{ write: 'made.ts', content: 'const a = 1;\n' }, { done: 'made' }] };
    await using product = await Product.start(new CliBench().withGit().withAgent(part));
    product.bench.git('config', 'user.name', 'Person'); // the machine may know nobody
    product.bench.git('config', 'user.email', 'person@localhost');
    const first = await product.submit('Make it');
    await using visit = await product.visit();
    const { page } = visit;
    await visit.go(`/?session=${first}&view=result`);
    await expect.poll(() => page.locator('.head').textContent(), { timeout: 20_000 }).toContain('completed');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Patch file' }).click();
    expect(readFileSync(await (await download).path(), 'utf8')).toContain('+const a = 1;');
    await page.getByRole('button', { name: 'As one commit' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => page.getByText(/1 file\(s\) changed, commit/).count()).toBe(1);
    expect(product.bench.git('log', '-1', '--format=%s')).toBe('Make it\n');
    await page.getByRole('button', { name: 'As a merge' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => page.locator('output.refused').textContent()).not.toBe('');
  });

  test('show hostile words as words: nothing runs, nothing is loaded, and the page goes on', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await journal.write(hostile.map((text) => saw('a.1', { type: 'message', text })));
    const issues = Array.from({ length: 10_000 }, (_, i) => ({ ...finding, description: `${hostile[i % 3]} ${i}` }));
    await journal.write([{ ...answered('review_001', 'gemini', 'concerns'), issues } as Event]);
    await journal.end('failed', hostile.slice(0, 6).join('\n'));
    mkdirSync(join(front.folder, 'workspace', journal.job), { recursive: true });
    writeFileSync(join(front.folder, 'workspace', journal.job, 'claude.jsonl'), hostile.join('\n'));
    await using visit = await Visit.signIn(await linkOf(front));
    for (const view of ['overview', 'timeline', 'reviews', 'changes', 'result', 'words', 'events']) {
      await visit.go(`/?session=${journal.job}&view=${view}`);
      await expect.poll(() => visit.page.locator('.head').textContent()).toContain('failed');
    }
    await visit.go('/');
    await expect.poll(() => visit.page.getByRole('link', { name: 'Do it' }).count()).toBe(1);
    expect(await visit.page.evaluate(() => 'hurt' in window)).toBe(false);
  });

  test('fit a phone, and have no serious findings of an accessibility check, light and dark', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    for (const dark of [false, true]) {
      await using visit = await Visit.signIn(await linkOf(front), { width: 360, height: 740, dark });
      for (const view of ['overview', 'timeline', 'reviews', 'changes', 'result', 'words', 'events', 'replay']) {
        await visit.go(`/?session=${journal.job}&view=${view}`);
        await visit.page.getByRole('heading', { level: 1 }).waitFor();
        const wide = await visit.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, `${view} is wider than a phone`).toBeLessThanOrEqual(0);
        expect(await serious(visit), view).toEqual([]);
      }
      await visit.go('/');
      expect(await serious(visit), 'home').toEqual([]);
    }
  }, 120_000);
});
