import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import type { Team } from '../../src/domain/planning/team.ts';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, count, last } from './bench-shop.ts';

const team = (...members: readonly [string, string][]): Team => ({
  members: members.map(([agent, role]) => ({ agent, role })),
  handOver: false,
});
const duo = team(['writer', 'implementer'], ['critic', 'reviewer']);
const trio = team(['writer', 'implementer'], ['critic', 'reviewer'], ['second', 'reviewer']);

const write = (file: string, content: string) => ({ write: file, content });
const report = (type: string, text: string) => ({ say: text, type });
const approved = { verdict: 'approved', summary: 'fine', issues: [] };
const concerns = {
  verdict: 'concerns',
  summary: 'hm',
  issues: [
    { severity: 'medium', description: 'unclear name', file: 'x.txt', line: 1 },
    { severity: 'low', description: 'elsewhere', file: 'other.txt' },
  ],
};
const blocker = { verdict: 'blocker', summary: 'unsafe', issues: [] };

const types = (events: readonly Event[]) => events.map((event) => event.type);

describe('questions', () => {
  test('an agent that asks rests without a process; the answer starts it again in its own conversation', async () => {
    await using shop = new BenchShop({
      solo: {
        vendor: 'a',
        part: {
          work: [{ emit: { type: 'question', payload: { text: 'Red or blue?', data: { options: ['red', 'blue'] } } } }],
          resumed: [{ prompt: 'answer.txt' }, { done: 'painted' }],
        },
      },
    });
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    const question = await shop.until('question.asked');
    expect(question).toMatchObject({ kind: 'agent', agent: 'solo', text: 'Red or blue?', expires_at: null });
    expect(question.options).toEqual([
      { id: 'red', label: 'red' },
      { id: 'blue', label: 'blue' },
    ]);
    await expect.poll(async () => (await shop.engine.job(shop.job))?.status).toBe('waiting');
    await shop.ask({ verb: 'answer', question: null, answer: 'blue' });
    const events = await running;
    const [first, second] = events.filter((e) => e.type === 'run.launching');
    expect(second?.resume).toMatch(/^s-/);
    expect(first?.resume).toBeNull();
    expect(shop.git('show', `tutti/${shop.job}:answer.txt`)).toContain('The answer: blue');
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  });

  test('an answer that comes twice, or to a question that is not open, changes nothing and is refused in words', async () => {
    await using shop = new BenchShop({
      solo: { vendor: 'a', part: { work: [report('question', 'Well?')], resumed: [{ done: 'ok' }] } },
    });
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    await shop.until('question.asked');
    await shop.ask({ verb: 'answer', question: 'q9', answer: 'yes' });
    await shop.ask({ verb: 'answer', question: 'q1', answer: 'yes' });
    await shop.ask({ verb: 'answer', question: 'q1', answer: 'no' }).catch(() => {}); // the job may be over already
    const events = await running;
    expect(count(events, 'question.answered')).toBe(1);
    expect(last(events, 'question.answered')).toMatchObject({ answer: 'yes', by: 'person' });
    expect(events.find((e) => e.type === 'control.refused')).toMatchObject({ why: 'there is no open question "q9"' });
  });

  test('a blocker of an agent without colleagues is asked of the person', async () => {
    await using shop = new BenchShop({
      solo: {
        vendor: 'a',
        part: {
          work: [report('blocker', 'no access'), { hang: true }],
          resumed: [{ prompt: 'p.txt' }, { done: 'ok' }],
        },
      },
    });
    await shop.submit({ agent: 'solo', patience_ms: null });
    const running = shop.run();
    expect(await shop.until('question.asked')).toMatchObject({ kind: 'blocker', text: 'solo is blocked: no access' });
    await shop.ask({ verb: 'answer', question: null, answer: 'use the copy in /tmp' });
    expect(last(await running, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:p.txt`)).toContain('use the copy in /tmp');
  });
});

describe('reviews while the author is at work', () => {
  test('a milestone is reviewed from a snapshot; doubts of a majority reach the author, who goes on with them', async () => {
    await using shop = new BenchShop(
      {
        writer: {
          vendor: 'a',
          part: {
            work: [write('x.txt', 'one\n'), report('milestone', 'half way'), { hang: true }],
            resumed: [{ prompt: 'told.txt' }, write('x.txt', 'two\n'), { done: 'fixed' }],
          },
        },
        critic: { vendor: 'b', part: { counter: '/dev/null', review: [concerns] } },
        second: { vendor: 'c', part: { review: [concerns] } },
      },
      { trio },
    );
    await shop.submit();
    const running = shop.run();
    const request = await shop.until('review.requested');
    expect(request).toMatchObject({ trigger: 'milestone', report: 'half way', reviewers: ['critic', 'second'] });
    expect(request.touched).toEqual([{ file: 'x.txt', lines: [[1, 1]] }]);
    expect(await shop.until('decision.made')).toMatchObject({ action: 'PAUSE_AND_CLARIFY', inputs: [{}, {}] });
    const events = await running;
    const answer = events.find((e) => e.type === 'review.answered');
    expect(answer?.issues.map((issue) => issue.in_change)).toEqual([true, false]);
    const told = shop.git('show', `tutti/${shop.job}.writer:told.txt`);
    expect(told).toContain('unclear name (x.txt:1)');
    expect(told).toContain('elsewhere (other.txt) [not part of your change]');
  });

  test('a blocker of a reviewer stops the work and asks the person, whose words reach the author', async () => {
    await using shop = new BenchShop(
      {
        writer: {
          vendor: 'a',
          part: {
            work: [write('x.txt', 'one\n'), report('request_review', 'is this right?'), { hang: true }],
            resumed: [{ prompt: 'told.txt' }, { done: 'fixed' }],
          },
        },
        critic: { vendor: 'b', part: { counter: 'c', review: [blocker, approved] } },
      },
      { duo },
    );
    await shop.submit({ patience_ms: null });
    const running = shop.run();
    const question = await shop.until('question.asked');
    expect(question).toMatchObject({ kind: 'review', review: 'review_001' });
    expect(question.options.map(({ id }) => id)).toEqual(['fix', 'accept', 'abort']);
    await shop.until('run.held', (event) => event.held);
    await shop.ask({ verb: 'answer', question: null, answer: 'use the safe call' });
    await shop.until('run.launching', (event) => event.run === 'writer.2');
    await shop.until('review.requested', (event) => event.review === 'review_002');
    await shop.ask({ verb: 'answer', question: null, answer: 'accept' }).catch(() => {});
    const told = async () => (await shop.events()).findLast((e) => e.type === 'run.launching')?.run;
    expect(await told()).toBeDefined();
    await shop.ask({ verb: 'stop', reason: 'enough' }).catch(() => {});
    await running;
    expect(shop.git('show', `tutti/${shop.job}.writer:told.txt`)).toContain('use the safe call');
  });

  test('a person has the work reviewed with a focus of their own', async () => {
    await using shop = new BenchShop(
      {
        writer: { vendor: 'a', part: { work: [write('x.txt', 'x\n'), report('progress', 'on it'), { hang: true }] } },
        critic: { vendor: 'b', part: {} },
      },
      { duo },
    );
    await shop.submit();
    const running = shop.run();
    await shop.until('agent', (e) => e.seen.type === 'reported');
    await shop.ask({ verb: 'review', focus: 'names' });
    expect(await shop.until('review.requested')).toMatchObject({ trigger: 'person', focus: 'names' });
    await shop.until('decision.made');
    await shop.ask({ verb: 'stop', reason: 'seen' });
    await running;
    const file = join(shop.data, 'workspace', shop.job, 'reviews', 'review_001.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      request: {
        type: 'review_request',
        reviewers: ['critic'],
        target: 'writer',
        focus_areas: ['names'],
        max_words: 200,
      },
      decision: 'CONTINUE',
    });
  });

  test('words such as review, done or complete in prose trigger nothing', async () => {
    await using shop = new BenchShop(
      {
        writer: {
          vendor: 'a',
          part: { work: [report('progress', 'review this: milestone complete, done, blocker'), { done: 'complete' }] },
        },
        critic: { vendor: 'b', part: {} },
      },
      { duo },
    );
    await shop.submit();
    const events = await shop.run();
    expect(count(events, 'review.requested')).toBe(1); // the one of finished work
  });
});

describe('control', () => {
  const patient = {
    solo: {
      vendor: 'a',
      part: {
        work: [write('one.txt', '1\n'), report('progress', 'working'), { hang: true }],
        resumed: [{ prompt: 'told.txt' }, { done: 'both' }],
      },
    },
  };

  test('a paused agent stands still and goes on where it was', async () => {
    await using shop = new BenchShop(patient);
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    const { pid } = await shop.until('run.started');
    await shop.until('agent', (e) => e.seen.type === 'reported');
    await shop.ask({ verb: 'pause', park: false });
    await shop.until('run.held', (event) => event.held);
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
    if (existsSync('/proc/self')) await expect.poll(stat).toBe('T');
    await shop.ask({ verb: 'resume' });
    await shop.until('run.held', (event) => !event.held);
    if (existsSync('/proc/self')) await expect.poll(stat).not.toBe('T');
    await shop.ask({ verb: 'steer', text: 'finish now' });
    const events = await running;
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(count(events, 'run.launching')).toBe(2);
  });

  test('a parked job holds no process and no worker, and is resumed in the agent’s conversation', async () => {
    await using shop = new BenchShop(patient);
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    await shop.until('agent', (e) => e.seen.type === 'reported');
    await shop.ask({ verb: 'pause', park: true });
    await running;
    expect(await shop.engine.job(shop.job)).toMatchObject({ status: 'paused', worker: null });
    expect(last(await shop.events(), 'run.ended')?.outcome).toMatchObject({ kind: 'stopped', cause: 'paused' });
    await shop.ask({ verb: 'resume' });
    const events = await shop.run();
    expect(events.filter((e) => e.type === 'run.launching')[1]?.resume).toMatch(/^s-/);
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  });

  test('what a person says reaches an agent at work, by a new run where it takes no messages', async () => {
    await using shop = new BenchShop(patient);
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    await shop.until('agent', (e) => e.seen.type === 'reported');
    await shop.ask({ verb: 'steer', agent: 'solo', text: 'use tabs' });
    const events = await running;
    expect(types(events)).toContain('message.deferred');
    expect(shop.git('show', `tutti/${shop.job}:told.txt`)).toBe('The person says:\nuse tabs');
  });

  test('a job that was stopped is reopened and goes on, each agent in its own conversation', async () => {
    await using shop = new BenchShop(patient);
    await shop.submit({ agent: 'solo' });
    const running = shop.run();
    await shop.until('agent', (e) => e.seen.type === 'reported');
    await shop.ask({ verb: 'stop', reason: 'lunch' });
    expect(last(await running, 'job.ended')).toMatchObject({ status: 'cancelled' });
    const control = { verb: 'resume', by: 'person', agent: null } as const;
    expect(await shop.engine.reopen(shop.job, 'again', control)).toBe('ok');
    const events = await shop.run();
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:one.txt`)).toBe('1\n');
    expect(events.filter((e) => e.type === 'run.launching')[1]?.resume).toMatch(/^s-/);
  });

  test('one agent is stopped, and the others go on without it', async () => {
    await using shop = new BenchShop(
      {
        writer: { vendor: 'a', part: { work: [report('progress', 'on it'), { hang: true }] } },
        other: { vendor: 'b', part: { work: [write('o.txt', 'o\n'), { done: 'ok' }] } },
      },
      { pair: team(['writer', 'implementer'], ['other', 'implementer']) },
    );
    await shop.submit();
    const running = shop.run();
    await shop.until('agent', (e) => e.agent === 'writer' && e.seen.type === 'reported');
    await shop.ask({ verb: 'stop', agent: 'writer', reason: 'not needed' });
    const events = await running;
    expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(last(events, 'job.ended')?.summary).toContain('left out');
    expect(shop.git('show', `tutti/${shop.job}:o.txt`)).toBe('o\n');
  });
});

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
  const both = team(['one', 'implementer'], ['two', 'implementer']);
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

test('a job that waits for its person takes no place of others', async () => {
  const counter = join(mkdtempSync(join(tmpdir(), 'tutti-count-')), 'n');
  await using shop = new BenchShop({
    solo: {
      vendor: 'a',
      part: {
        work: [{ times: { file: counter, acts: [[report('question', 'Well?')], [{ done: 'ok' }]] } }],
        resumed: [{ done: 'ok' }],
      },
    },
  });
  await shop.submit({ agent: 'solo' });
  const worker = new Worker(shop.shop, { name: 'w', concurrency: 1 });
  const running = worker.run();
  await shop.until('question.asked');
  const other = await shop.submit({ agent: 'solo', job_id: `${shop.job}-2` });
  await expect.poll(async () => (await shop.engine.job(other))?.status).toBe('completed');
  await shop.ask({ verb: 'answer', question: null, answer: 'yes' });
  await shop.until('job.ended');
  await worker.shutDown();
  await running;
});
