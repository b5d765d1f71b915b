import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nearestFolders } from './folder.ts';

test('a path stands for the folder that is there, and never for the root of everything', () => {
  const root = mkdtempSync(join(tmpdir(), 'tutti-folder-'));
  writeFileSync(join(root, 'file'), '');
  expect(nearestFolders([root, join(root, 'file'), join(root, 'new/deep/file')])).toEqual([root]);
  expect(nearestFolders(['/nowhere-at-all/x', '/'])).toEqual([]);
  rmSync(root, { recursive: true });
});
