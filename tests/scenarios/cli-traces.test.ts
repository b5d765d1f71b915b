import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const part = {
  work: [
    { write: 'a.txt', content: 'key-of-this-test' },
    { say: 'the key-of-this-test is in', type: 'milestone' },
    { done: 'done' },
  ],
};

test('after a job its trace is listed and exported, without the secrets of the environment', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  expect((await bench.call(['traces', 'list'])).out).toBe('');
  const env = { SOME_API_KEY: 'key-of-this-test' };
  expect(
    (await bench.call(['run', 'Write it', '--agent', 'solo', '--config', bench.config, '--no-dashboard'], { env }))
      .code,
  ).toBe(0);
  const { out } = await bench.call(['traces', 'list']);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ event: 'job.submitted', phase: 'submitted' });
  expect(lines.at(-1)).toMatchObject({ event: 'job.ended', phase: 'succeeded' });
  expect(out).toContain('the [redacted] is in');
  expect(out).not.toContain('key-of-this-test');
  const short = await bench.call(['traces', 'list', '--limit', '1', '--format', 'b']);
  expect(JSON.parse(short.out)).toMatchObject({ phase: 'succeeded' });
  const file = join(bench.root, 'made', 'traces.db');
  const told = JSON.parse((await bench.call(['traces', 'export', '--sqlite', file, '--json'])).out);
  expect(told).toMatchObject({ file, added: lines.length, records: lines.length });
  const db = new DatabaseSync(file);
  expect(db.prepare('SELECT status FROM jobs').all()).toEqual([{ status: 'succeeded' }]);
  db.close();
});

test('a wrong word, number or format is said in one line', async () => {
  await using bench = new CliBench();
  for (const words of [
    ['traces'],
    ['traces', 'show'],
    ['traces', 'list', '--limit', '0'],
    ['traces', 'list', '--format', 'x'],
  ]) {
    const { code, err } = await bench.call(words);
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
  }
});
