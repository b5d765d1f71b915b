import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, count, last, report, teamOf, write } from './bench-shop.ts';

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
    expect(count(events, 'message.deferred')).toBe(1);
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

  test('an agent that was stopped is taken up again when it is resumed, in its own conversation', async () => {
    const slow = {
      work: [report('progress', 'on it'), { hang: true }],
      resumed: [write('w.txt', 'w\n'), { done: 'ok' }],
    };
    await using shop = new BenchShop(
      {
        writer: { vendor: 'a', part: slow },
        other: { vendor: 'b', part: { work: [report('progress', 'too'), { hang: true }], resumed: [{ done: 'ok' }] } },
      },
      { pair: teamOf(['writer', 'implementer'], ['other', 'implementer']) },
    );
    await shop.submit();
    const running = shop.run();
    await shop.until('agent', (e) => e.agent === 'writer' && e.seen.type === 'reported');
    await shop.until('agent', (e) => e.agent === 'other' && e.seen.type === 'reported');
    await shop.ask({ verb: 'stop', agent: 'writer', reason: 'not now' });
    await shop.until('run.ended', (e) => e.run === 'writer.1');
    await shop.ask({ verb: 'resume', agent: 'writer' });
    await shop.until('run.ended', (e) => e.run === 'writer.2');
    await shop.ask({ verb: 'steer', agent: 'other', text: 'finish' });
    expect(last(await running, 'job.ended')).toMatchObject({ status: 'completed' });
    expect(shop.git('show', `tutti/${shop.job}:w.txt`)).toBe('w\n');
  });

  test('one agent is stopped, and the others go on without it', async () => {
    await using shop = new BenchShop(
      {
        writer: { vendor: 'a', part: { work: [report('progress', 'on it'), { hang: true }] } },
        other: { vendor: 'b', part: { work: [write('o.txt', 'o\n'), { done: 'ok' }] } },
      },
      { pair: teamOf(['writer', 'implementer'], ['other', 'implementer']) },
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
