import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acpDriver } from '../../src/adapters/agent-acp/driver.ts';
import type { RunItem } from '../../src/ports/agent.ts';
import { only, outcomeIn, sessionIn, watch } from './agent-bench.ts';
import { agentContract } from './agent-contract.ts';
import { stage } from './real-stage.ts';

const config = { name: 'gemini', protocol: 'acp', vendor: 'google' } as const;

agentContract('gemini', () => ({
  driver: (endpoint, world) => acpDriver({ ...config, endpoint }, world),
  withoutProgram: (world) => acpDriver({ ...config, bin: '/nowhere/gemini' }, world),
  impatient: {},
  steering: 'later',
}));

test('Gemini CLI edits, runs and commits in a linked worktree; every call is asked for, project settings are not obeyed', async () => {
  await using on = await stage('gemini', [
    { think: 'a file first', do: [{ write: 'new.txt', content: 'hello\n' }] },
    { do: [{ edit: 'README.md', old: 'two', new: 'TWO' }, { shell: 'echo plain' }] },
    { do: [{ shell: 'echo "$TUTTI_JOB-$GEMINI_API_KEY-" > env.txt' }] },
    { do: [{ shell: 'touch forbidden.txt' }] },
    { do: [{ shell: 'git add -A && git commit -qm work' }] },
    { say: 'all done\n{"type":"milestone","payload":{"text":"half way"}}', usage: { input: 2000, output: 70 } },
  ]);
  mkdirSync(join(on.bench.worktree, '.gemini'));
  const hook = { hooks: { BeforeTool: [{ hooks: [{ type: 'command', command: `touch ${on.bench.root}/hooked` }] }] } };
  const server = { mcpServers: { x: { command: 'touch', args: [`${on.bench.root}/served`] } } };
  writeFileSync(join(on.bench.worktree, '.gemini', 'settings.json'), JSON.stringify({ ...hook, ...server }));
  const asked: string[] = [];
  const launch = on.bench.launch('Do the task', {
    permit: async (request) => {
      const what = request.command ?? request.paths.join();
      asked.push(what);
      const allowed = !what.includes('forbidden');
      return allowed ? { verdict: 'allow', reason: 'fine' } : { verdict: 'deny', reason: 'not that' };
    },
  });
  const items = await watch(on.driver.start(launch));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: expect.stringContaining('all done') });
  const tree = on.bench.worktree;
  expect(asked).toEqual([
    join(tree, 'new.txt'),
    join(tree, 'README.md'),
    'echo plain',
    'echo "$TUTTI_JOB-$GEMINI_API_KEY-" > env.txt',
    'touch forbidden.txt',
    'git add -A && git commit -qm work',
  ]);
  expect(on.bench.file('README.md')).toBe('one\nTWO\nthree\n');
  expect(on.bench.file('env.txt')).toBe(`${on.bench.job}--\n`);
  expect(on.bench.git('log', '--format=%an %s', 'work')).toBe('Agent work\nTest start');
  expect(existsSync(join(tree, 'forbidden.txt'))).toBe(false);
  for (const trace of ['hooked', 'served']) expect(existsSync(join(on.bench.root, trace))).toBe(false);
  expect(only(items, 'file_changed')).toEqual([
    { type: 'file_changed', path: join(tree, 'new.txt'), change: 'add' },
    { type: 'file_changed', path: join(tree, 'README.md'), change: 'update' },
  ]);
  expect(
    only(items, 'tool_started')
      .map(({ call }) => call)
      .toSorted(),
  ).toEqual(
    only(items, 'tool_ended')
      .map(({ call }) => call)
      .toSorted(),
  );
  expect(only(items, 'tool_ended').filter(({ ok }) => !ok)).toMatchObject([{ output: 'denied: not that' }]);
  expect(only(items, 'thought')).toMatchObject([{ text: 'a file first' }]);
  expect(only(items, 'reported')).toMatchObject([{ kind: 'milestone', text: 'half way' }]);
  expect(only(items, 'session')).toMatchObject([{ model: 'gemini-3.8-flash', version: expect.stringMatching(/^0\./) }]);
  expect(only(items, 'unknown')).toEqual([]);
  expect(items.at(-1)).toMatchObject({ usage: { input_tokens: 7000, cached_tokens: null, output_tokens: 320 } });
  expect(only(items, 'usage').at(-1)?.cost_usd).toBeGreaterThan(0);
  expect(await on.bench.leftOvers()).toBe(0);
});

test('Gemini CLI goes on under its session id after SIGKILL, and what it said before is not told again', async () => {
  await using on = await stage('gemini', [
    { say: 'first words', do: [{ shell: 'sleep 600' }] },
    { say: 'recovered', do: [{ shell: '(sleep 600 &) ; sleep 600' }] },
    { say: 'the end' },
  ]);
  let pid = 0;
  const first = await watch(on.driver.start(on.bench.launch('Do the task')), (item) => {
    if (item.type === 'spawned') pid = item.pid;
    if (item.type === 'permission') process.kill(pid, 'SIGKILL');
  });
  expect(outcomeIn(first)).toMatchObject({ kind: 'failed', cause: 'crashed' });
  const stopping: Promise<void>[] = [];
  const resume = sessionIn(first);
  const second = await watch(on.driver.start(on.bench.launch('please go on', { resume })), (item, run) => {
    if (item.type === 'permission') stopping.push(run.stop('person', 'enough'));
  });
  await Promise.all(stopping);
  expect(sessionIn(second)).toBe(resume);
  expect(only(second, 'message').map(({ text }) => text)).toEqual(['recovered']);
  expect(outcomeIn(second)).toEqual({ kind: 'stopped', cause: 'person', message: 'enough' });
  expect(await on.bench.leftOvers()).toBe(0);
});

test('A review by Gemini CLI cannot write files, and its answer is read as JSON', async () => {
  const answer = { verdict: 'approved', summary: 'fine', issues: [] };
  await using on = await stage('gemini', [
    { do: [{ write: 'written.txt', content: 'x' }] },
    { say: `\`\`\`json\n${JSON.stringify(answer)}\n\`\`\`` },
  ]);
  const answerSchema = { type: 'object', properties: { verdict: { type: 'string' } } };
  const items = await watch(on.driver.start(on.bench.launch('Do the task', { mode: 'review', answerSchema })));
  expect(existsSync(join(on.bench.worktree, 'written.txt'))).toBe(false);
  expect(only(items, 'permission')).toEqual([]);
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', structured: answer });
  expect(only(items, 'reviewed')).toEqual([{ type: 'reviewed', answer }]);
});

test.each([
  { status: 401, cause: 'unauthorized', says: 'simulated 401' },
  { status: 403, cause: 'forbidden', says: 'rights' },
  { status: 429, cause: 'rate_limited', says: 'try again later' },
  { status: 500, cause: 'server_error', says: 'try again later' },
])('HTTP $status ends the run of Gemini CLI as $cause', async ({ status, cause, says }) => {
  await using on = await stage('gemini', [{ error: { status } }]);
  const outcome = outcomeIn(await watch(on.driver.start(on.bench.launch('Do the task'))));
  expect(outcome).toMatchObject({ cause, http_status: status, message: expect.stringContaining(says) });
});

test('Gemini CLI without a connection, in a hung stream, without a login or an unknown session says so', async () => {
  await using on = await stage('gemini', [{ hang: 'mid_stream' }]);
  const hung = await watch(on.driver.start(on.bench.launch('Do the task', { inactivityMs: 12_000 })));
  expect(outcomeIn(hung)).toMatchObject({ cause: 'hung' });
  const lost = await watch(on.driver.start(on.bench.launch('x', { resume: '01a1fd08-ab8d-7262-8860-647b67fa03f3' })));
  expect(outcomeIn(lost)).toMatchObject({ cause: 'session_lost' });
  const stranger = acpDriver(config, on.bench.world);
  const unknown = await watch(stranger.start(on.bench.launch('x')));
  expect(outcomeIn(unknown)).toMatchObject({
    cause: 'not_logged_in',
    message: expect.stringContaining('run `gemini`'),
  });
  await on.simulator.close();
  const refused = await watch(on.driver.start(on.bench.launch('x')));
  expect(outcomeIn(refused)).toMatchObject({ cause: 'unreachable' });
});

test('Gemini CLI keeps its conversation when it is stopped in its first turn, and resumed again and again', async () => {
  await using on = await stage('gemini', [
    { say: 'I look.', do: [{ shell: 'ls' }] },
    { say: 'I go on where I was.', delayMs: 1_500 },
    { say: 'I am done.' },
  ]);
  const run = on.driver.start(on.bench.launch('Do the task'));
  const items: RunItem[] = [];
  for await (const item of run) {
    items.push(item);
    if (item.type === 'tool_ended') void run.stop('paused', 'a rest');
  }
  expect(outcomeIn(items)).toMatchObject({ kind: 'stopped', cause: 'paused' });
  for (const message of ['Go on', 'And on']) {
    const again = await watch(on.driver.start(on.bench.launch(message, { resume: sessionIn(items) })));
    expect(outcomeIn(again)).toMatchObject({ kind: 'completed' });
    expect(JSON.stringify(on.simulator.requests().at(-1)?.body)).toContain('I look.');
  }
});
