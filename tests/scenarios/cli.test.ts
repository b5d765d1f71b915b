import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const writes = { work: [{ write: 'x.txt', content: 'x\n' }, { say: 'half way' }, { done: 'wrote x' }] };
const hangs = { work: [{ say: 'working' }, { hang: true }] };
const alone = (bench: CliBench) => ['--agent', 'solo', '--config', bench.config];

test('a task is done, looked at and taken, each step as the one before tells it', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const run = await bench.call(['run', 'Write x', ...alone(bench), '--verify', 'test -f x.txt']);
  expect(run.err).toMatch(/^gateway http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(run.out).toContain('check "test -f x.txt" passed');
  expect(run.code).toBe(0);
  const hints = [...run.out.matchAll(/^(?:See it: |Take it:) (.+)$/gm)].map((match) => match[1]);
  expect(hints).toHaveLength(2);
  for (const hint of hints) expect(hint).toContain(`--data ${bench.data}`);
  const id = /^job (\w+)$/m.exec(run.out)?.[1] ?? '';
  expect(JSON.parse((await bench.call(['status', id, '--json'])).out)).toMatchObject({
    job_id: id,
    status: 'completed',
  });
  expect((await bench.call(['status', id.slice(-6)])).out).toContain(`job ${id}: completed`);
  expect((await bench.call(['diff', id])).out).toContain('+x\n');
  expect(existsSync(join(bench.project, 'x.txt'))).toBe(false);
  expect((await bench.call(['apply', id])).out).toBe(`1 file(s) changed in ${bench.project}\n`);
  expect(readFileSync(join(bench.project, 'x.txt'), 'utf8')).toBe('x\n');
  expect(statSync(join(bench.data, 'token')).mode & 0o777).toBe(0o600);
});

test('the hints work as they are typed, also with a data folder with blanks in its name', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const data = join(bench.root, 'my data');
  const { out } = await bench.call(['run', 'x', ...alone(bench), '--data', data, '--no-dashboard']);
  const hint = /^See it: {2}(.+)$/m.exec(out)?.[1] ?? '';
  expect(hint).toContain(`--data '${data}'`);
  const { execFileSync } = await import('node:child_process');
  const env = { PATH: process.env.PATH, HOME: bench.home };
  expect(execFileSync('sh', ['-c', hint], { encoding: 'utf8', env, cwd: bench.project })).toContain('+x\n');
});

test('with --json stdout holds JSON lines and nothing else, with cursors that --after takes', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const { out, code } = await bench.call(['run', 'x', ...alone(bench), '--json']);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ cursor: '0-1', type: 'job.submitted' });
  expect(events.at(-1)).toMatchObject({ type: 'job.ended', status: 'completed' });
  expect(code).toBe(0);
  expect((await bench.call(['events', '--json'])).out).toBe(out);
  const [, , third] = events;
  const rest = await bench.call(['events', '--json', '--follow', '--after', third.cursor]);
  expect(rest.out).toBe(out.split('\n').slice(3).join('\n'));
});

test('piped output is plain: no colours, no control sequences, whatever an agent says', async () => {
  const rude = '\x1b]52;c;ZXZpbA==\x07 \x1b[2J \x9b31m \u202e line\nbreak';
  await using bench = new CliBench().withGit().withAgent({ work: [{ say: rude }, { done: rude }] });
  const outs = [
    await bench.call(['run', rude, ...alone(bench), '--verbose']),
    await bench.call(['events', '--verbose']),
    await bench.call(['status']),
    await bench.call(['status', 'latest']),
  ];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  for (const { out, err } of outs) expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(outs[0]?.out).toContain('\\x1b]52;c;ZXZpbA==\\x07');
});

test('the task can come from stdin, and is one word to the shell no more', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const { code } = await bench.call(['run', '-', ...alone(bench)], { input: '  Write x,\nthen rest\n' });
  expect(code).toBe(0);
  const [job] = JSON.parse((await bench.call(['status', '--json'])).out);
  expect(job.spec.utterance).toBe('Write x,\nthen rest');
});

test('a job that fails ends with exit code 1 and its reason', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const { code, out } = await bench.call(['run', 'x', ...alone(bench), '--verify', 'false']);
  expect(out).toContain('failed: the check command "false" failed on the result.');
  expect(out).toContain('Take it all the same: ');
  expect(out).toContain('--force');
  expect(code).toBe(1);
});

test('Ctrl-C stops the job and its agents; the end is told and the exit code is 1', async () => {
  await using bench = new CliBench().withGit().withAgent(hangs);
  const run = bench.start(['run', 'x', ...alone(bench)]);
  await run.said(/solo: progress: working/);
  run.child.kill('SIGINT');
  run.child.kill('SIGINT'); // one Ctrl-C may arrive several times: npm passes its own on
  const { code, out, err } = await run.ended;
  expect(err).toContain('stopping … (once more to leave at once)\n');
  expect(out).toContain('cancelled: stopped by Ctrl-C.');
  expect(code).toBe(1);
  expect((await bench.call(['status'])).out).toContain('cancelled');
});

test('who closes the pipe of a run early has it stopped, and nothing is left running', async () => {
  const chatty = 'setInterval(() => console.log(JSON.stringify({ type: "progress", payload: { text: "on" } })), 5)';
  const solo = { protocol: 'events', vendor: 'a', command: [process.execPath, '-e', chatty] };
  await using bench = new CliBench().withGit().withConfig({ agents: { solo } });
  const run = bench.start(['run', 'x', ...alone(bench), '--no-dashboard']);
  await run.said(/progress: on/);
  run.child.stdout.destroy();
  expect(await run.ended).toMatchObject({ code: 1, err: '' });
  expect((await bench.call(['status', 'latest'])).out).toContain('cancelled: whoever read its output has left.');
  const events = bench.start(['events', '--verbose']);
  events.child.stdout.destroy();
  expect(await events.ended).toMatchObject({ code: 0, err: '' });
});

test('a gateway takes tasks, does those of `run` too, is the only one, and leaves politely', async () => {
  await using bench = new CliBench().withGit().withAgent(writes);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  const url = (await up.said(/at (http:\S+)\n[\s\S]*sandbox: none/))[1] ?? '';
  const authorization = `Bearer ${readFileSync(join(bench.data, 'token'), 'utf8').trim()}`;
  const body = JSON.stringify({ utterance: 'Write x', agent: 'solo', target: bench.project });
  const headers = { authorization, 'content-type': 'application/json' };
  const posted = await fetch(`${url}/task`, { method: 'POST', headers, body });
  expect(posted.status).toBe(202);
  const { job_id } = (await posted.json()) as { job_id: string };
  const followed = await bench.call(['events', job_id, '--follow']);
  expect(followed.out).toContain('job completed');
  const led = await bench.call(['run', 'y', ...alone(bench)]);
  expect(led).toMatchObject({ code: 0, err: '' });
  const second = await bench.call(['up', '--port', '0']);
  expect(second.err).toMatch(
    /^tutti: Tutti already runs on this data folder \(http:.*name another folder with --data\n$/,
  );
  expect(second.code).toBe(2);
  expect((await bench.call(['doctor'])).out).toContain(`in use by ${url}`);
  up.child.kill('SIGTERM');
  expect(await up.ended).toMatchObject({
    code: 0,
    err: expect.stringContaining('agents are stopped and can be resumed'),
  });
  expect(existsSync(join(bench.data, 'presence.json'))).toBe(false);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('a run whose gateway is ended by %s does the job itself', async (signal) => {
  const goesOn = {
    work: [{ write: 'x.txt', content: 'x\n' }, { say: 'working' }, { hang: true }],
    resumed: [{ done: 'ok' }],
  };
  await using bench = new CliBench().withGit().withAgent(goesOn);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  await up.said(/sandbox: none/);
  const run = bench.start(['run', 'x', ...alone(bench)]);
  await run.said(/solo: progress: working/);
  up.child.kill(signal);
  const { code, out, err } = await run.ended;
  expect(err).toBe('tutti: the tutti up of this data folder has ended; the job is done here now\n');
  expect(out).toContain('solo begins solo again');
  expect(out).toContain('job completed');
  expect(code).toBe(0);
});

test('part of an id that fits several jobs is refused with their number', async () => {
  await using bench = new CliBench().withGit().withAgent({ work: [{ done: 'ok' }] });
  await bench.call(['run', 'x', ...alone(bench)]);
  await bench.call(['run', 'y', ...alone(bench)]);
  const { code, err } = await bench.call(['diff', '1']);
  expect({ code, err }).toEqual({ code: 2, err: 'tutti: "1" fits 2 jobs; give more of the id\n' });
  expect((await bench.call(['diff', ''])).err).toContain('there is no job ""');
  expect((await bench.call(['apply'])).out).toBe('the job changed nothing\n');
});

test('the launcher gives words, working folder and exit code on', async () => {
  await using bench = new CliBench().withGit();
  const { spawnSync } = await import('node:child_process');
  const launcher = join(import.meta.dirname, '../../bin/tutti.mjs');
  const env = { PATH: process.env.PATH, HOME: bench.home, TUTTI_DATA: bench.data };
  const call = (...words: string[]) =>
    spawnSync(process.execPath, [launcher, ...words], { encoding: 'utf8', env, cwd: bench.project });
  expect(call('run', 'x', '-C', 'no such')).toMatchObject({
    status: 2,
    stderr: `tutti: the target folder ${join(bench.project, 'no such')} does not exist\n`,
  });
  expect(call('status')).toMatchObject({ status: 0, stderr: '' });
});

test('simulated models are served until Ctrl-C', async () => {
  await using bench = new CliBench();
  const simulate = bench.start(['simulate']);
  const url = (await simulate.said(/at (http:\S+)\nANTHROPIC_BASE_URL=http/))[1] ?? '';
  expect((await fetch(`${url}/v1/models/nonsense`)).status).toBeLessThan(500);
  simulate.child.kill('SIGINT');
  expect(await simulate.ended).toMatchObject({ code: 0, err: '' });
});

test('who follows a job that goes on can leave it with Ctrl-C', async () => {
  await using bench = new CliBench().withGit().withAgent(hangs);
  const run = bench.start(['run', 'x', ...alone(bench)]);
  await run.said(/solo: progress: working/);
  const follower = bench.start(['events', '--follow']);
  await follower.said(/solo: progress: working/);
  follower.child.kill('SIGINT');
  expect(await follower.ended).toMatchObject({ code: 0, err: '' });
  await bench.call(['stop', '--reason', 'enough']);
  expect((await run.ended).out).toContain('cancelled: enough.');
});

test('--help answers for each command on stdout, and no command at all is a wrong call', async () => {
  await using bench = new CliBench();
  const none = await bench.call([]);
  expect(none).toMatchObject({ code: 2, out: '' });
  const all = await bench.call(['--help']);
  expect(all).toMatchObject({ code: 0, out: none.err });
  const names = [...all.out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '');
  expect(names).toContain('run');
  for (const name of names) {
    expect(await bench.call([name, '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Usage: tutti ${name}`),
    });
  }
  expect((await bench.call(['--version'])).out).toMatch(/^tutti \d+\.\d+\.\d+\n$/);
  expect(existsSync(bench.data)).toBe(false);
});
