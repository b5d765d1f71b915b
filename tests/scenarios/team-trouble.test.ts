import { describe, expect, test } from 'vitest';
import { BenchShop, count, last, report, teamOf, write } from './bench-shop.ts';

describe('trouble', () => {
  const broken = {
    writer: { vendor: 'a', part: { work: [{ crash: 3 }], resumed: [{ crash: 3 }] } },
    heir: { vendor: 'b', part: { work: [write('h.txt', 'h\n'), { done: 'instead' }] } },
  };
  const pair = {
    members: [
      { agent: 'writer', role: 'implementer' },
      { agent: 'heir', role: 'reviewer' },
    ],
    handOver: false,
  };

  test('after its tries the person is asked, and hands the work to another agent', async () => {
    await using shop = new BenchShop(broken, { pair });
    await shop.submit({ patience_ms: null });
    const running = shop.run();
    const question = await shop.until('question.asked');
    expect(question.options.map(({ id }) => id)).toEqual(['retry', 'fixed', 'hand_over:heir', 'skip', 'abort']);
    expect(question.text).toContain('exit code 3');
    await shop.ask({ verb: 'answer', question: null, answer: 'hand_over:heir' });
    const events = await running;
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:h.txt`)).toBe('h\n');
    expect(events.filter((e) => e.type === 'recovery.taken').at(-1)).toMatchObject({
      status: 'escalated',
      worker: 'writer',
    });
  });

  test('where the team allows it, another vendor takes over by itself', async () => {
    await using shop = new BenchShop(broken, { pair: { ...pair, handOver: true } });
    await shop.submit();
    const events = await shop.run();
    expect(last(events, 'assignment.handed_over')).toMatchObject({ from: 'writer', to: 'heir' });
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  });

  test('nobody answers in time: the job ends with the reason', async () => {
    await using shop = new BenchShop(broken, { pair });
    await shop.submit({ patience_ms: 0 });
    const end = last(await shop.run(), 'job.ended');
    expect(end).toMatchObject({ status: 'failed', cause: 'agent_failed' });
    expect(end?.summary).toContain('nobody answered in time');
  });
});

describe('limits', () => {
  const dear = {
    solo: {
      vendor: 'a',
      part: {
        work: [{ usage: { cost_usd: 2 } }, report('progress', 'dear'), { hang: true }],
        resumed: [{ done: 'ok' }],
      },
    },
  };

  test('a budget that is used up stops what runs, and the person may raise it', async () => {
    await using shop = new BenchShop(dear);
    await shop.submit({ agent: 'solo', budget_usd: 1, patience_ms: null });
    const running = shop.run();
    expect(await shop.until('limit.reached')).toMatchObject({ limit: 'usd', used: 2, of: 1 });
    expect(await shop.until('question.asked')).toMatchObject({ kind: 'limit' });
    await shop.ask({ verb: 'budget', usd: 5 });
    await shop.ask({ verb: 'answer', question: null, answer: 'raise' }).catch(() => {});
    const events = await running;
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  });

  test('a warning comes at 80 percent', async () => {
    await using shop = new BenchShop({
      solo: { vendor: 'a', part: { work: [{ usage: { cost_usd: 0.85 } }, { done: 'ok' }] } },
    });
    await shop.submit({ agent: 'solo', budget_usd: 1 });
    const events = await shop.run();
    expect(last(events, 'limit.warned')).toMatchObject({ limit: 'usd', used: 0.85, of: 1 });
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  });

  test('nothing is begun beyond the day’s budget of all jobs together', async () => {
    await using shop = new BenchShop({
      solo: { vendor: 'a', part: { work: [{ usage: { cost_usd: 2 } }, { done: 'ok' }] } },
    });
    Object.assign(shop.shop, { usdPerDay: 2 });
    await shop.submit({ agent: 'solo', job_id: `${shop.job}-1` });
    await shop.run(`${shop.job}-1`);
    await shop.submit({ agent: 'solo' });
    const events = await shop.run();
    expect(last(events, 'limit.reached')).toMatchObject({ limit: 'usd_day', used: 2, of: 2 });
    expect(count(events, 'run.launching')).toBe(0);
    expect(last(events, 'job.ended')).toMatchObject({ status: 'failed', cause: 'budget' });
  });
});

describe('integration', () => {
  const both = teamOf(['one', 'implementer'], ['two', 'implementer']);
  const settle = (content: string) => ({
    one: { vendor: 'a', part: { work: [write('README.md', 'one\n'), { done: 'one' }] } },
    two: {
      vendor: 'b',
      part: {
        work: [
          { times: { file: 'count', acts: [[write('README.md', 'two\n')], [write('README.md', content)]] } },
          { done: 'two' },
        ],
      },
    },
  });

  test('a conflict goes to an agent with both sides, and its merge holds both branches', async () => {
    await using shop = new BenchShop(settle('one and two\n'), { both });
    await shop.submit();
    const events = await shop.run();
    expect(last(events, 'assignment.added')?.assignment).toMatchObject({
      id: 'merge-1',
      role: 'integrator',
      agent: 'two',
    });
    expect(events.find((e) => e.type === 'worktree.opened' && e.assignment === 'merge-1')).toMatchObject({
      conflicts: ['README.md'],
    });
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:README.md`)).toBe('one and two\n');
  });

  test('what fails the check goes to an agent once; then the job fails', async () => {
    await using shop = new BenchShop({
      solo: {
        vendor: 'a',
        part: {
          work: [
            { times: { file: 'count', acts: [[write('x.txt', 'bad\n')], [write('x.txt', 'good\n')]] } },
            { done: 'ok' },
          ],
        },
      },
    });
    await shop.submit({ agent: 'solo', verify: 'grep -q good x.txt' });
    const events = await shop.run();
    expect(last(events, 'assignment.added')?.assignment).toMatchObject({ id: 'mend-1', role: 'mender' });
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:x.txt`)).toBe('good\n');
  });
});
