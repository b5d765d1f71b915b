import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realPath } from './real-path.ts';

test('a path through a link of the project is seen where it really leads, also when the file is new', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-real-')));
  mkdirSync(join(root, 'project'));
  mkdirSync(join(root, 'secret'));
  symlinkSync(join(root, 'secret'), join(root, 'project', 'docs'));
  expect(await realPath(join(root, 'project', 'docs', 'new', 'key'))).toBe(join(root, 'secret', 'new', 'key'));
  expect(await realPath(join(root, 'project', 'plain.txt'))).toBe(join(root, 'project', 'plain.txt'));
  rmSync(root, { recursive: true });
});
