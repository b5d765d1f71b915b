import { expect, test } from 'vitest';
import { type Call, CliBench } from './cli-bench.ts';

const asks = {
  work: [{ emit: { type: 'question', payload: { text: 'Red or blue?', data: { options: ['red', 'blue'] } } } }],
  resumed: [{ prompt: 'answer.txt' }, { done: 'painted' }],
};
const goesOn = {
  work: [{ write: 'one.txt', content: '1\n' }, { say: 'working' }, { hang: true }],
  resumed: [{ prompt: 'told.txt' }, { done: 'both' }],
};
const solo = ['--agent', 'solo', '--no-dashboard'];
const run = (bench: CliBench, ...more: string[]) => bench.start(['run', 'x', '--config', bench.config, ...more]);
const jobOf = async (call: Call) => (await call.said(/^job (\w+)$/m))[1] ?? '';
const shown = (bench: CliBench, job: string, file: string) => bench.git('show', `tutti/${job}:${file}`);

/** The status as programs read it, once it fits. */
async function until(bench: CliBench, fits: Readonly<Record<string, unknown>>) {
  const look = async () => JSON.parse((await bench.call(['status', 'latest', '--json'])).out);
  await expect.poll(look, { timeout: 15_000, interval: 50 }).toMatchObject(fits);
  return look();
}

test('a question is answered from a second terminal while the run goes on, to the end', async () => {
  await using bench = new CliBench().withGit().withAgent(asks);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  const asked = await first.said(
    /A question for you:\nq1 \(solo\): Red or blue\?\n {2}red: red\n {2}blue: blue\n {2}(.+)\n/,
  );
  expect(asked[1]).toMatch(new RegExp(`answer ${job} --data ${bench.data} red$`));
  await until(bench, { status: 'waiting', questions: [{ id: 'q1', agent: 'solo' }] });
  const open = await bench.call(['answer', job]);
  expect(open).toMatchObject({ code: 0, err: '' });
  expect(open.out).toContain('q1 (solo): Red or blue?\n  red: red\n  blue: blue\n');
  const status = await bench.call(['status', 'latest']);
  expect(status.out).toMatch(/^job \w+: waiting, 0 %\n/);
  expect(status.out).toContain('Questions for you:\nq1 (solo): Red or blue?');
  expect((await bench.call(['status'])).out).toContain(`← waits for you: tutti answer ${job}`);
  expect(await bench.call(['answer', job, '2'])).toMatchObject({
    code: 0,
    out: `job ${job}: the answer is on its way\n`,
  });
  const { code, out } = await first.ended;
  expect(out).toMatch(/question q1 for you: Red or blue\? \[red, blue\]\n/);
  expect(out).toMatch(/question q1: cli:\S+ answers: 2\n/);
  expect(out).toContain('job completed');
  expect(code).toBe(0);
  expect(shown(bench, job, 'answer.txt')).toContain('The answer: blue');
});

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
  await refused(['budget', job, 'much'], 'usd: Invalid input: expected number, received NaN');
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

/** A config of agents that play these parts, and a team of them with these roles. */
function withTeam(bench: CliBench, parts: Readonly<Record<string, readonly [role: string, part: unknown]>>): CliBench {
  const agents = Object.entries(parts).map(([name, [, part]]) => [name, bench.agentOf(part, `vendor-${name}`)]);
  const members = Object.entries(parts).map(([agent, [role]]) => ({ agent, role }));
  return bench.withConfig({ agents: Object.fromEntries(agents), teams: { ours: { members } }, defaultTeam: 'ours' });
}

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

/** The conversation of an agent that plays `goesOn`, as it stands in the journal. */
async function conversations(bench: CliBench, job: string): Promise<readonly unknown[]> {
  const lines = (await bench.call(['events', job, '--json'])).out.trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  return events.filter(({ type }) => type === 'run.launching').map(({ resume }) => resume);
}

test('after kill -9 the job goes on where it was, each agent in its own conversation', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  first.child.kill('SIGKILL');
  await first.ended;
  const { code, out } = await bench.call(['resume', '--config', bench.config]);
  expect(out).toContain('attempt 2 goes on where the last one stopped');
  expect(out).not.toContain('solo: progress: working'); // seen before
  expect(out).toContain('job completed');
  expect(code).toBe(0);
  expect(await conversations(bench, job)).toEqual([null, expect.stringMatching(/^s-\d+$/)]);
  expect(shown(bench, job, 'one.txt')).toBe('1\n');
});

test('a stopped job is resumed', async () => {
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/solo: progress: working/);
  await bench.call(['stop', job]);
  const stopped = await first.ended;
  expect(stopped.out).toMatch(new RegExp(`Go on with it: .+ resume ${job} `));
  const { code, out } = await bench.call(['resume', job, '--config', bench.config]);
  expect(out).toContain('job completed');
  expect(code).toBe(0);
  expect(await conversations(bench, job)).toEqual([null, expect.stringMatching(/^s-\d+$/)]);
  expect(await bench.call(['resume', job, '--config', bench.config])).toMatchObject({
    code: 0,
    out: `job ${job} is completed: there is nothing to go on with\n`,
  });
});

test.each(['resume', 'retry'])('a job that failed has new tries by %s, without a word of refusal', async (verb) => {
  await using bench = new CliBench();
  const part = { work: [{ once: `${bench.root}/mended`, acts: [{ crash: 1 }] }, { done: 'ok' }] };
  const flaky = `test -f ${bench.root}/healthy || exit 1; exec "$@"`;
  const { command, ...rest } = bench.agentOf(part);
  bench.withGit().withConfig({ agents: { solo: { ...rest, command: ['sh', '-c', flaky, 'sh', ...command] } } });
  const failed = await bench.call(['run', 'x', '--config', bench.config, ...solo, '--patience', '0.1']);
  expect(failed.out).toMatch(/question q1: nobody answered in time/);
  expect(failed.out).toContain('job failed');
  expect(failed.code).toBe(1);
  bench.file('healthy', '');
  bench.file('mended', '');
  const { code, out } = await bench.call([verb, '--config', bench.config]);
  expect(out).not.toContain('cannot be followed');
  expect(out).toContain('job completed');
  expect(code).toBe(0);
});

test('a question about trouble is answered by a retry from a second terminal', async () => {
  await using bench = new CliBench();
  const flaky = `test -f ${bench.root}/healthy || exit 1; exec "$@"`;
  const { command, ...rest } = bench.agentOf({ work: [{ done: 'ok' }] });
  bench.withGit().withConfig({ agents: { solo: { ...rest, command: ['sh', '-c', flaky, 'sh', ...command] } } });
  const first = run(bench, ...solo, '--patience', '100');
  const job = await jobOf(first);
  await first.said(/A question for you:\nq1 \(solo\): solo cannot go on/);
  const status = await bench.call(['status', job]);
  expect(status.out).toMatch(/^recovery: solo: \w+: /m);
  bench.file('healthy', '');
  expect((await bench.call(['retry', job, '--config', bench.config])).code).toBe(0);
  expect((await first.ended).code).toBe(0);
});

test('a job that waits, and whose Tutti is gone, says how to go on; the answer is kept for it', async () => {
  await using bench = new CliBench().withGit().withAgent(asks);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  await up.said(/sandbox: none/);
  const first = run(bench, ...solo);
  const job = await jobOf(first);
  await first.said(/A question for you/);
  first.child.kill('SIGKILL');
  up.child.kill('SIGTERM');
  await up.ended;
  const status = await bench.call(['status', job]);
  expect(status.out).toMatch(/job \w+: waiting/);
  expect(status.out).toMatch(
    /no Tutti is there to take your answer up: tutti up, or .+ resume \w+ .*goes on with it\n/,
  );
  const answered = await bench.call(['answer', job, 'red']);
  expect(answered.out).toMatch(/the answer is on its way; no Tutti is at work on it just now: tutti up, or .+ resume/);
  const { code, out } = await bench.call(['resume', job, '--config', bench.config]);
  expect(out).not.toContain('A question for you');
  expect(code).toBe(0);
  expect(shown(bench, job, 'answer.txt')).toContain('The answer: red');
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
