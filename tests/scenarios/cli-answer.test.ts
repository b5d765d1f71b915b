import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';
import { asks, jobOf, run, shown, solo, until } from './cli-jobs.ts';

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

const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined;

test.skipIf(!hasTerminals).each([
  ['drawn over', []],
  ['printed', ['--verbose']],
])('at a terminal the answer is typed where the question stands (%s)', async (_, more) => {
  await using bench = new CliBench().withGit().withAgent(asks);
  const first = bench.startAtTerminal(['run', 'x', '--config', bench.config, ...solo, ...more]);
  await first.said(/A question for you:[\s\S]+or type it here, and Enter/);
  for (const key of ['blx', '\x7f', 'ue', '\r']) first.child.stdin.write(key);
  const { code, out } = await first.ended;
  expect(out).toContain('q1: blue');
  expect(code).toBe(0);
  const job = /job (\w+)/.exec(out)?.[1] ?? '';
  expect(shown(bench, job, 'answer.txt')).toContain('The answer: blue');
});

test.skipIf(!hasTerminals)('Ctrl-C stops the job also while an answer is typed', async () => {
  await using bench = new CliBench().withGit().withAgent(asks);
  const first = bench.startAtTerminal(['run', 'x', '--config', bench.config, ...solo]);
  await first.said(/your answer > /);
  first.child.stdin.write('bl\x03');
  const { code, out } = await first.ended;
  expect(out).toContain('cancelled: stopped by Ctrl-C.');
  expect(out.lastIndexOf('\x1b[?25h')).toBeGreaterThan(out.lastIndexOf('\x1b[?25l')); // the cursor is given back
  expect(code).toBe(1);
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
