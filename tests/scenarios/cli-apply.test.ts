import { execFileSync } from 'node:child_process';
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
  await done(bench, '--patience', '1');
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
  expect((await bench.call(['stop'])).out).toMatch(/stop is asked for/);
  expect((await run.ended).code).toBe(1);
});

/** A bench whose person has a name, and a repository that others share. */
async function sharing(): Promise<CliBench> {
  const bench = new CliBench().withGit().withAgent(part);
  bench.git('config', 'user.name', 'Pat Person');
  bench.git('config', 'user.email', 'pat@example.org');
  bench.git('init', '--quiet', '--bare', '-b', 'main', `${bench.root}/origin.git`);
  bench.git('remote', 'add', 'origin', `${bench.root}/origin.git`);
  await done(bench);
  return bench;
}

/** GitHub's tool, as far as it concerns us: it writes down how it was called. */
const gh = (bench: CliBench, does: string) =>
  bench.file('bin/gh', `#!/bin/sh\nprintf '%s\\n' "$PWD" "$@" > "${bench.root}/asked"\n${does}\n`, 0o755);

const withGh = (bench: CliBench) => ({ env: { PATH: `${bench.root}/bin:${process.env.PATH}` } });

test('the change comes as a commit of the person: as a merge with the task as its message, or as one with their own', async () => {
  await using bench = await sharing();
  const merged = await bench.call(['apply', '--merge']);
  expect(merged.out).toMatch(/^2 file\(s\) changed in \S+, committed as [0-9a-f]{10}\n$/);
  expect(bench.git('log', '-1', '--format=%P').split(' ')).toHaveLength(2);
  expect(bench.git('log', '-1', '--format=%an: %B')).toMatch(/^Pat Person: x\n\nTutti-Job: \w+\n/);
  expect((await bench.call(['apply', '--squash'])).err).toBe('tutti: the change is already on your branch\n');
  bench.git('reset', '--quiet', '--hard', 'HEAD^');
  expect((await bench.call(['apply', '--squash', '--message', 'Do it better'])).code).toBe(0);
  expect(bench.git('log', '-1', '--format=%an: %B')).toBe('Pat Person: Do it better\n\n');
  expect(bench.git('status', '--porcelain')).toBe('');
});

test('uncommitted changes keep a commit away, and the way out is named', async () => {
  await using bench = await sharing();
  writeFileSync(join(bench.project, 'README.md'), '# mine\n');
  const { code, err } = await bench.call(['apply', '--merge']);
  expect(err).toMatch(
    /^tutti: you have uncommitted changes: commit or stash them, or use tutti apply without --merge\n$/,
  );
  expect(code).toBe(1);
});

test('a patch is printed as git takes it, and nothing is touched', async () => {
  await using bench = await sharing();
  const { out, code } = await bench.call(['apply', '--patch']);
  expect({ out, code }).toEqual({ out: (await bench.call(['diff'])).out, code: 0 });
  expect(bench.git('status', '--porcelain')).toBe('');
  bench.file('x.patch', out);
  bench.git('apply', '../x.patch');
  expect(readFileSync(join(bench.project, 'new.txt'), 'utf8')).toBe('new\n');
});

test('a pull request is the job’s branch on origin, opened by gh with the task and the summary', async () => {
  await using bench = await sharing();
  gh(bench, 'echo https://github.com/x/y/pull/1');
  const { out, err, code } = await bench.call(['apply', '--pr'], withGh(bench));
  expect({ out, err, code }).toEqual({ out: 'https://github.com/x/y/pull/1\n', err: '', code: 0 });
  const asked = readFileSync(join(bench.root, 'asked'), 'utf8');
  const [where, pr, create, head, branch = '', title, x, body, job] = asked.split('\n');
  expect([where, pr, create, head, title, x, body]).toEqual([
    bench.project,
    'pr',
    'create',
    '--head',
    '--title',
    'x',
    '--body',
  ]);
  expect(job).toBe(`Tutti-Job: ${branch.replace('tutti/', '')}`);
  expect(asked).toMatch(/solo \(implementer\).*2 file\(s\)/);
  const shared = bench.git('ls-remote', 'origin').trim();
  expect(shared).toBe(`${bench.git('rev-parse', branch).trim()}\trefs/heads/${branch}`);
  expect(bench.git('status', '--porcelain')).toBe('');
  gh(bench, 'echo "a pull request for branch x already exists:" >&2; echo https://github.com/x/y/pull/1 >&2; exit 1');
  expect((await bench.call(['apply', '--pr'], withGh(bench))).out).toBe('https://github.com/x/y/pull/1\n');
});

test('what keeps a pull request away is one line with the next step, and nothing is pushed before it is known', async () => {
  await using bench = await sharing();
  const refusal = async (options = withGh(bench)) => {
    const { code, err, out } = await bench.call(['apply', '--pr'], options);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    return err;
  };
  bench.file('bin/git', `#!/bin/sh\nexec ${execFileSync('which', ['git'], { encoding: 'utf8' }).trim()} "$@"\n`, 0o755);
  expect(await refusal({ env: { PATH: `${bench.root}/bin:/nowhere` } })).toMatch(
    /^tutti: gh, .* was not found: install it, [^\n]+\n$/,
  );
  expect(bench.git('ls-remote', 'origin')).toBe('');
  gh(bench, 'echo "To get started with GitHub CLI, please run:  gh auth login" >&2; exit 4');
  expect(await refusal()).toMatch(/^tutti: tutti\/\w+ is pushed, but gh could not open .* gh auth login\n$/);
  bench.git('remote', 'remove', 'origin');
  expect(await refusal()).toMatch(/^tutti: there is no remote "origin" to push to: git remote add origin [^\n]+\n$/);
});

test('a branch that holds the person’s uncommitted work is never pushed', async () => {
  await using bench = new CliBench().withGit().withAgent(part);
  writeFileSync(join(bench.project, 'draft.txt'), 'draft\n');
  await done(bench);
  gh(bench, 'echo no');
  expect((await bench.call(['apply', '--pr'], withGh(bench))).err).toMatch(
    /^tutti: the job began with uncommitted work [^\n]+--squash[^\n]+\n$/,
  );
});

test.each([
  [['--merge', '--squash'], '--merge and --squash exclude each other'],
  [['--message', 'x'], '--message needs a commit to stand in'],
  [['--patch', '--message', 'x'], '--message needs a commit to stand in'],
  [['--sqash'], 'there is no option --sqash: did you mean --squash?'],
])('%j is refused with one line', async (flags, said) => {
  await using bench = new CliBench();
  const { code, err } = await bench.call(['apply', ...flags]);
  expect(err).toContain(`tutti: ${said}`);
  expect(err.split('\n')).toHaveLength(2);
  expect(code).toBe(2);
});
