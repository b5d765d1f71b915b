import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const two = 'Refactor the API and validate the staging website';
const writes = { work: [{ write: 'x.txt', content: 'x\n' }, { done: 'refactored' }] };
const looks = { work: [{ say: 'looking' }, { done: 'the website is fine' }] };

const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined;

/** A bench whose coding and browser jobs are done by scripted agents. */
function benchOf(coder: unknown, browser: unknown, more: object = {}): CliBench {
  const bench = new CliBench().withGit();
  const agents = { coder: bench.agentOf(coder), browser: bench.agentOf(browser, 'b') };
  const teams = { one: { members: [{ agent: 'coder', role: 'implementer' }] } };
  return bench.withConfig({ agents, teams, defaultTeam: 'one', ...more });
}

const call = (bench: CliBench, task = two) => ['run', task, '--no-dashboard', '--config', bench.config];

test('one sentence becomes two jobs side by side, each told on its lines, with one summary of both', async () => {
  await using bench = benchOf(writes, looks);
  const { out, err, code } = await bench.call(call(bench));
  expect({ err, code }).toEqual({ err: '', code: 0 });
  const [coding = '', browser = ''] = [...out.matchAll(/^job (\w+) {2}\w+: /gm)].map((match) => match[1]);
  expect(out).toMatch(/^job \w+ {2}coding: Refactor the API\njob \w+ {2}browser: validate the staging website\n/);
  expect(out).toMatch(/^\d\d:\d\d:\d\d \[browser\] browser: progress: looking$/m);
  for (const name of ['coding', 'browser']) expect(out).toContain(`[${name}] job completed\n`);
  expect(out.match(/^2 of 2 jobs completed\.$/gm)).toHaveLength(1);
  expect(out).toContain('browser (completed): validate the staging website\n');
  expect(out).toContain('  │ the website is fine\n');
  expect(out).toMatch(new RegExp(`^Next, coding:\nSee it: {2}.*diff ${coding}.*\nTake it: .*apply ${coding} `, 'm'));
  expect(out).not.toContain(`diff ${browser}`);
  const jobs: { spec: { trace_id: string; agent: string | null } }[] = JSON.parse(
    (await bench.call(['status', '--json'])).out,
  );
  expect(new Set(jobs.map(({ spec }) => spec.trace_id)).size).toBe(1);
  expect(jobs.map(({ spec }) => spec.agent).toSorted()).toEqual(['browser', null]);
});

test('with --json every event says whose it is, and the last line is the whole of the trace', async () => {
  await using bench = benchOf(writes, looks);
  const { out, code } = await bench.call([...call(bench), '--json']);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ends = lines.filter(({ type }) => type === 'job.ended').map(({ job_id }) => job_id);
  expect(new Set(lines.slice(0, -1).map(({ job_id }) => job_id))).toEqual(new Set(ends));
  expect(ends).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({
    type: 'trace.completed',
    data: { status: 'completed', completed: 2, jobs: [{ task_type: 'coding' }, { task_type: 'browser' }] },
  });
  expect(code).toBe(0);
});

test('when one of the jobs fails the other is completed all the same, and the exit code is 1', async () => {
  await using bench = benchOf(writes, looks, { verify: 'false' });
  const { out, code } = await bench.call(call(bench));
  expect(out).toContain('1 of 2 jobs completed.\n');
  expect(out).toContain('coding (failed): Refactor the API\n');
  expect(out).toMatch(/^Next, coding:\nSee it: .*\nTake it all the same: .*--force.*\nGo on with it: .* resume /m);
  expect(code).toBe(1);
});

test('Ctrl-C stops all jobs and their agents', async () => {
  const hangs = { work: [{ say: 'working' }, { hang: true }] };
  await using bench = benchOf(hangs, hangs);
  const run = bench.start(call(bench));
  await run.said(
    /coder: progress: working[\s\S]*browser: progress: working|browser: progress: working[\s\S]*coder: pro/,
  );
  run.child.kill('SIGINT');
  const { out, err, code } = await run.ended;
  expect(err).toBe('stopping … (once more to leave at once)\n');
  expect(out).toContain('0 of 2 jobs completed.');
  expect(out.match(/cancelled: stopped by Ctrl-C\./g)).toHaveLength(2);
  expect(code).toBe(1);
});

test('no more jobs are done at once than the configuration allows', async () => {
  await using bench = benchOf(writes, looks, { concurrency: 1 });
  const { out, code } = await bench.call(call(bench));
  const order = [...out.matchAll(/\[(\w+)\] (?:\w+ begins|job completed)/g)].map((match) => match[1]);
  expect(order).toEqual(['coding', 'coding', 'browser', 'browser']);
  expect(code).toBe(0);
});

test('a tutti up does the jobs of a run, and the run shows both; once it is gone they are done here', async () => {
  const goesOn = { work: [{ say: 'working' }, { hang: true }], resumed: [{ done: 'ok' }] };
  await using bench = benchOf(goesOn, looks);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  await up.said(/sandbox: none/);
  const run = bench.start(call(bench));
  await run.said(/\[browser\] job completed/);
  await run.said(/coder: progress: working/);
  up.child.kill('SIGKILL');
  const { out, err, code } = await run.ended;
  expect(err).toBe('tutti: the tutti up of this data folder has ended; the jobs are done here now\n');
  expect(out).toContain('2 of 2 jobs completed.\n');
  expect(code).toBe(0);
});

test.skipIf(!hasTerminals)(
  'at a terminal each job has its heading, and what is typed answers the question that was asked first',
  async () => {
    const asks = (text: string) => ({
      work: [{ emit: { type: 'question', payload: { text } } }],
      resumed: [{ done: 'ok' }],
    });
    await using bench = benchOf(asks('Which names?'), asks('Which page?'));
    const run = bench.startAtTerminal(call(bench));
    await run.said(/A question for you:[\s\S]*A question for you:/);
    await run.said(/\? coding: q1[\s\S]*\? browser: q1|\? browser: q1[\s\S]*\? coding: q1/);
    for (const words of ['the first', 'the second']) {
      run.child.stdin.write(`${words}\r`);
      await run.said(new RegExp(`q1: ${words}`));
    }
    const { out, code } = await run.ended;
    const asked = [...out.matchAll(/\nq1 \((coder|browser)\)/g)].map((match) => match[1]);
    expect(out).toContain('coding (completed): Refactor the API');
    expect(out).toContain('browser (completed): validate the staging website');
    expect(out).toContain('2 of 2 jobs completed.');
    expect(code).toBe(0);
    for (const [, id = '', skill] of out.matchAll(/job (\w+) {2}(\w+): /g)) {
      const words = asked[0] === (skill === 'coding' ? 'coder' : 'browser') ? 'the first' : 'the second';
      const events = await bench.call(['events', id, '--json']);
      expect(events.out).toContain(`"type":"question.answered","question":"q1","answer":"${words}"`);
    }
  },
);

test('skills of the data folder decide here as well, and bring their own folder', async () => {
  await using bench = benchOf(writes, looks);
  const site = join(bench.root, 'site');
  mkdirSync(join(bench.data, 'skills'), { recursive: true });
  mkdirSync(site);
  const skill = { name: 'letters', description: 'Letters', worker: 'coding', keywords: ['newsletter'], target: site };
  writeFileSync(join(bench.data, 'skills', 'letters.json'), JSON.stringify(skill));
  const { code } = await bench.call(call(bench, 'Newsletter for May'));
  expect(code).toBe(0);
  const [job] = JSON.parse((await bench.call(['status', '--json'])).out);
  expect(job.spec).toMatchObject({ skill: 'letters', target: site });
});
