import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';
import { asks, goesOn, jobOf, run, shown, solo, until, withTeam } from './cli-jobs.ts';

test('what a job cannot follow is refused in one line, and changes nothing', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  const refused = async (words: readonly string[], says: string, exit = 2) => {
    const { code, out, err } = await bench.call(words);
    expect(err).toBe(`tutti: ${says}\n`);
    expect({ code, out }).toEqual({ code: exit, out: '' });
  };
  await refused(['answer', job, 'yes'], `job ${job}: no question is open`);
  await refused(['retry', job, '--config', bench.config], `job ${job}: nothing waits for a retry`);
  await refused(['pause', job, '--agent', 'nobody'], `job ${job}: this job has no agent "nobody": there is solo`);
  await refused(['steer', job], 'usage: tutti steer JOB TEXT');
  await refused(['budget', job, 'much'], 'usd: expected a number');
  await refused(['stop', '--all', job], '--all is about every open job: leave the job out, or leave --all out');
  expect(await bench.call(['answer', job])).toMatchObject({ code: 0, out: `job ${job}: no question is open\n` });
  expect((await bench.call(['events', job])).out).not.toContain('asks:');
  await bench.call(['stop', job]);
  await first.ended;
  const again = await bench.call(['pause', job]);
  expect(again.err).toMatch(
    new RegExp(`^tutti: job ${job} is already cancelled; go on with it: .+ resume ${job} .*\n$`),
  );
  expect(again).toMatchObject({ code: 1, out: '' });
  expect(await bench.call(['stop', job])).toMatchObject({ code: 0, out: `job ${job} is already cancelled\n`, err: '' });
});

test('a paused job stands still, says how to go on, and does', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  expect((await bench.call(['pause', job])).out).toBe(`job ${job}: pause is asked for\n`);
  await first.said(/solo\.1 stands still: paused by cli:/);
  await until(bench, { status: 'paused', agents: [{ state: 'paused', health: 'paused' }] });
  expect((await bench.call(['status', job])).out).toMatch(/it is paused; go on: .+ resume \w+/);
  const resumed = await bench.call(['resume', job, '--config', bench.config]);
  expect(resumed).toMatchObject({ code: 0, out: `job ${job}: it goes on; see it with tutti events ${job} --follow\n` });
  await first.said(/solo\.1 goes on/);
  await bench.call(['steer', job, 'finish now']);
  expect((await first.ended).code).toBe(0);
});

test('a parked job is resumed in the agent’s own conversation by the run that still waits', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  await bench.call(['pause', job, '--park']);
  await until(bench, { status: 'paused', held: false });
  await bench.call(['resume', job, '--config', bench.config]);
  expect((await first.ended).out).toMatch(/solo begins \w+ again[\s\S]*job completed/);
});

test('what is said to an agent reaches it', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  await bench.call(['steer', job, 'use tabs', '--agent', 'solo']);
  const { code, out } = await first.ended;
  expect(out).toMatch(/cli:\S+ asks: steer solo: use tabs\n/);
  expect(code).toBe(0);
  expect(shown(bench, job, 'told.txt')).toBe('The person says:\nuse tabs');
});

test('a review by hand is held with its focus while the author works', async () => {
  await using bench = withTeam(new CliBench().withGit(), {
    writer: ['implementer', { work: [{ write: 'x.txt', content: 'x\n' }, { say: 'on it' }, { hang: true }] }],
    critic: ['reviewer', {}],
  });
  const first = run(bench, '--no-dashboard');
  const job = await jobOf(first);
  await first.said(/writer: progress: on it/);
  expect((await bench.call(['review', job, '--focus', 'names'])).out).toBe(`job ${job}: a review is asked for\n`);
  await first.said(/review_001 of \w+ \(person\): critic look at names/);
  await first.said(/decision on review_001: CONTINUE/);
  await bench.call(['stop', job, '--reason', 'seen']);
  const { code, out } = await first.ended;
  expect(out).toMatch(/team ours: writer \(implementer\), critic \(reviewer\): the team ours was configured/);
  expect(out).toContain('cancelled: seen.');
  expect(code).toBe(1);
});

test('one agent is stopped, the others bring the job to its end', async () => {
  await using bench = withTeam(new CliBench().withGit(), {
    writer: ['implementer', { work: [{ say: 'on it' }, { hang: true }] }],
    other: ['tester', { work: [{ write: 'o.txt', content: 'o\n' }, { done: 'ok' }] }],
  });
  const first = run(bench, '--no-dashboard');
  const job = await jobOf(first);
  await first.said(/writer: progress: on it/);
  await bench.call(['stop', job, '--agent', 'writer', '--reason', 'not needed']);
  const { code, out } = await first.ended;
  expect(out).toContain('left out (stopped by cli:');
  expect(code).toBe(0);
});

test('all open jobs are stopped by one call', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const runs = [run(bench, ...solo), run(bench, ...solo)];
  for (const one of runs) await one.said(/solo: progress: working/);
  const { code, out } = await bench.call(['stop', '--all', '--reason', 'closing time']);
  expect(out.match(/stop is asked for/g)).toHaveLength(2);
  expect(code).toBe(0);
  for (const one of runs) expect((await one.ended).out).toContain('cancelled: closing time.');
  expect(await bench.call(['stop', '--all'])).toMatchObject({ code: 0, out: 'no job is open\n' });
});

test('all open jobs are paused by one call, and go on by another', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const runs = [run(bench, ...solo), run(bench, ...solo)];
  for (const one of runs) await one.said(/solo: progress: working/);
  await bench.call(['pause', '--all']);
  for (const one of runs) await one.said(/solo\.1 stands still/);
  const { code, out } = await bench.call(['resume', '--all']);
  expect(out.match(/resuming is asked for/g)).toHaveLength(2);
  expect(code).toBe(0);
  for (const one of runs) await one.said(/solo\.1 goes on/);
});

test('an agent of the team divides the work', async () => {
  const assignments = [
    { id: 'paint', role: 'implementer', title: 'Paint', responsibilities: ['paint it'], reviewed: false },
  ];
  await using bench = withTeam(new CliBench().withGit(), {
    planner: ['planner', { work: [{ done: JSON.stringify({ why: 'small', assignments }) }] }],
    writer: ['implementer', { work: [{ write: 'x.txt', content: 'x\n' }, { done: 'painted' }] }],
  });
  const { code, out } = await run(bench, '--planner', 'agent', '--no-dashboard').ended;
  expect(out).toContain('planner divides the work');
  expect(out).toContain('plan (agent:planner): writer → paint');
  expect(code).toBe(0);
});

test('a limit that is reached stops the work and asks; nobody answers, and the job ends with that reason', async () => {
  await using bench = new CliBench().withGit().withAgent({ ...asks, work: [{ crash: 1 }], resumed: [{ crash: 1 }] });
  const { code, out } = await bench.call([
    ...['run', 'x', '--config', bench.config, ...solo],
    ...['--max-turns', '1', '--patience', '0.1'],
  ]);
  expect(out).toContain('a limit is reached, nothing more is begun: 1 of 1 runs of agents have been begun');
  expect(out).toContain('question q1: nobody answered in time');
  expect(code).toBe(1);
});

test('a planner, a limit or a patience that cannot be meant is refused', async () => {
  await using bench = new CliBench().withAgent(asks);
  for (const [flag, value, says] of [
    ['--planner', 'me', '--planner is template or agent, not "me"'],
    ['--max-turns', '0', '--max-turns takes a number from 1 to'],
    ['--patience', 'long', '--patience takes a number from'],
  ] as const) {
    const { code, err } = await bench.call(['run', 'x', flag, value]);
    expect(err).toContain(`tutti: ${says}`);
    expect(code).toBe(2);
  }
});

test('a task for later waits beside a free worker, says until when, and is begun at once when a person says so', async () => {
  const quick = { work: [{ done: 'done' }] };
  await using bench = new CliBench().withGit().withAgent(quick);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  const [, url = ''] = await up.said(/at (http:\S+)\n[\s\S]*sandbox/);
  const hand = async (more: object) => {
    const answer = await fetch(`${url}/task`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(join(bench.data, 'token'), 'utf8').trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ utterance: 'x', agent: 'solo', skill: 'coding', target: bench.project, ...more }),
    });
    return ((await answer.json()) as { readonly job_id: string }).job_id;
  };
  const later = await hand({ not_before: '2999-01-31T08:00:00+01:00', priority: 10, verify: 'none' });
  await hand({ verify: 'none' });
  await until(bench, { status: 'completed' });
  const { out } = await bench.call(['status', later]);
  expect(out).toContain(`job ${later}: queued`);
  expect(out).toMatch(new RegExp(`it is not begun before 2999-01-31T07:00:00.000Z; begin it now: .+ resume ${later} `));
  expect((await bench.call(['resume', later, '--config', bench.config])).code).toBe(0);
  const status = async () => (await bench.call(['status', later])).out;
  await expect.poll(status, { timeout: 15_000 }).toContain(`job ${later}: completed`);
});
