import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';
import { goesOn, jobOf, run, shown, solo } from './cli-jobs.ts';

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
