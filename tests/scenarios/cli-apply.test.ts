import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const part = {
  work: [{ write: 'README.md', content: '# better\n' }, { write: 'new.txt', content: 'new\n' }, { done: 'better' }],
};

async function done(bench: CliBench, ...more: string[]): Promise<void> {
  const { code, out } = await bench.call(['run', 'x', '--agent', 'solo', '--config', bench.config, ...more]);
  expect(code, out).toBe(more.length === 0 ? 0 : 1);
}

test('a change that no longer fits is refused with the file, and neither side loses anything', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  await done(bench);
  writeFileSync(join(bench.project, 'README.md'), '# mine\n');
  const { code, err } = await bench.call(['apply']);
  expect(err).toMatch(/^tutti: your files have changed .*\(README\.md\); nothing was changed: .*\n$/);
  expect(code).toBe(1);
  expect(readFileSync(join(bench.project, 'README.md'), 'utf8')).toBe('# mine\n');
  expect(existsSync(join(bench.project, 'new.txt'))).toBe(false);
  expect((await bench.call(['diff'])).out).toContain('+# better');
});

test('a file of the person where the change brings one of the same name is left alone', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  await done(bench);
  writeFileSync(join(bench.project, 'new.txt'), 'own\n');
  expect((await bench.call(['apply'])).code).toBe(1);
  expect(readFileSync(join(bench.project, 'new.txt'), 'utf8')).toBe('own\n');
  expect(readFileSync(join(bench.project, 'README.md'), 'utf8')).toBe('# project\n');
});

test('edits elsewhere do not stand in the way, nothing is committed, and twice is once', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  await done(bench);
  writeFileSync(join(bench.project, 'other.txt'), 'mine\n');
  expect((await bench.call(['apply'])).out).toBe(`2 file(s) changed in ${bench.project}\n`);
  expect(bench.git('status', '--porcelain')).toBe(' M README.md\n?? new.txt\n?? other.txt\n');
  const again = await bench.call(['apply']);
  expect(again).toMatchObject({ code: 0, err: 'tutti: the change is already in your files\n' });
});

test('a folder without git is changed all the same, and stays without it', async () => {
  await using bench = new CliBench().withAgent(part);
  await done(bench);
  expect((await bench.call(['apply'])).code).toBe(0);
  expect(readdirSync(bench.project).sort()).toEqual(['README.md', 'new.txt']);
});

test('a target that is gone is named; once it is back the change can be taken', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  await done(bench);
  renameSync(bench.project, `${bench.project}.away`);
  mkdirSync(bench.home, { recursive: true });
  for (const verb of ['apply', 'diff']) {
    const gone = await bench.call([verb], { cwd: bench.home });
    expect(gone.err).toBe(`tutti: the target folder ${bench.project} does not exist\n`);
    expect(gone.code).toBe(2);
  }
  renameSync(`${bench.project}.away`, bench.project);
  expect((await bench.call(['apply'])).code).toBe(0);
});

test('the result of a failed job is taken only by --force', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  await done(bench, '--verify', 'false');
  const { code, err } = await bench.call(['apply']);
  expect(err).toMatch(/is failed, not completed; look at it with tutti diff \w+, then use --force\n$/);
  expect(code).toBe(2);
  expect((await bench.call(['apply', '--force'])).out).toBe(`2 file(s) changed in ${bench.project}\n`);
});

test('a job that came to nothing has no diff and nothing to apply', async () => {
  await using bench = new CliBench().withGit().withAgent({ work: [{ crash: 1 }] });
  await done(bench, '--no-dashboard');
  for (const verb of ['diff', 'apply']) {
    const { code, err, out } = await bench.call([verb]);
    expect(err).toMatch(/^tutti: job \w+ has no integrated result \(failed\); [^\n]+\n$/);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  }
});

test('a job that still runs has no result yet', async () => {
  await using bench = new CliBench().withGit().withAgent({ work: [{ say: 'working' }, { hang: true }] });
  const run = bench.start(['run', 'x', '--agent', 'solo', '--config', bench.config]);
  await run.said(/progress: working/);
  const { code, err } = await bench.call(['apply']);
  expect(err).toMatch(/has no integrated result \(running\); wait for it, or look at tutti status\n$/);
  expect(code).toBe(2);
  expect((await bench.call(['stop'])).out).toMatch(/stop is asked for; its worker ends it now/);
  expect((await run.ended).code).toBe(1);
});
