import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));
const block = (kind: string, part: string) =>
  blocks.find((one) => one.kind === kind && one.text.includes(part))?.text ?? '';
const agent = block('sh', '#!/bin/sh');

test('every call of tutti in the README is one the command line takes', async () => {
  await using bench = new CliBench();
  const lines = blocks
    .filter(({ kind }) => kind === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.startsWith('tutti '));
  expect(lines.length).toBeGreaterThan(5);
  bench.file('project/task.md', 'x');
  for (const line of lines) {
    const show = `tutti() { printf '%s\\0' "$@"; }; ${line}`;
    const words = execFileSync('sh', ['-c', show], { encoding: 'utf8', cwd: bench.project }).split('\0').slice(0, -1);
    expect(await bench.call([...words, '--help']), line).toMatchObject({ code: 0, err: '' });
  }
  const named = [...readme.matchAll(/^\| (`tutti .+?`) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/(?<=`tutti )[a-z]+/g) ?? [],
  );
  const { out } = await bench.call(['--help']);
  expect(new Set(named)).toEqual(new Set([...out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1])));
});

test('the configuration and the agent of the README work as they are typed', async () => {
  await using bench = new CliBench().withGit();
  bench.file('project/tutti.config.json', block('json', '"agents"'));
  bench.file('project/my-agent', agent, 0o755);
  const { code, out } = await bench.call(['run', 'Tell the time', '--agent', 'mine', '--verify', 'test -f now.txt']);
  expect(out).toContain('mine: progress: looking around');
  expect(out).toContain('check "test -f now.txt" passed');
  expect(code).toBe(0);
});

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

test.skipIf(!hasCurl || process.platform !== 'linux')(
  'the requests of the README are answered as they are typed',
  async () => {
    await using bench = new CliBench().withGit();
    const command = [bench.file('home/my-agent', agent, 0o755)];
    const clock = { protocol: 'events', vendor: 'a', command };
    const agents = { claude: clock, codex: clock, gemini: clock };
    bench.withConfig({
      agents,
      teams: { one: { members: [{ agent: 'claude', role: 'implementer' }] } },
      defaultTeam: 'one',
    });
    const data = join(bench.home, '.local/state/tutti');
    const up = bench.start(['up', '--port', '0', '--config', bench.config], { env: { TUTTI_DATA: '' } });
    const address = (await up.said(/at http:\/\/127\.0\.0\.1:(\d+)\n[\s\S]*sandbox/))[1] ?? '';
    const typed = (text: string) =>
      execFileSync('sh', ['-c', text], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: bench.home } });
    const lines = block('sh', 'curl').replaceAll(':8080', `:${address}`).replace('/path/to/project', bench.project);
    const at = lines.indexOf('curl', lines.indexOf('curl') + 1);
    const { job_id } = JSON.parse(typed(lines.slice(0, at))) as { job_id: string };
    await bench.call(['events', job_id, '--follow', '--data', data]);
    const answers = typed(`${lines.split('\n')[0]}\n${lines.slice(at).replaceAll('JOB', job_id)}`);
    expect(answers).toContain('"status":"completed"');
    expect(answers).toContain('event: end');
  },
);
