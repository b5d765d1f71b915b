import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git } from './git.ts';

test('a command that meets a lock of another git is run again, and is refused when the lock stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-git-'));
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  writeFileSync(join(folder, 'a.txt'), 'a');
  const lock = join(folder, '.git', 'index.lock');
  writeFileSync(lock, '');
  const adding = git(folder, ['add', 'a.txt']);
  const first = await Promise.race([adding, git(folder, ['status', '--short'])]);
  expect(first.out).toBe('?? a.txt\n'); // the other one still waits for the lock
  rmSync(lock);
  expect(await adding).toMatchObject({ ok: true });
  writeFileSync(lock, '');
  expect(await git(folder, ['add', 'a.txt'])).toMatchObject({ ok: false });
  rmSync(folder, { recursive: true });
});
