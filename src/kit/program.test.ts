import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram, isOlder } from './program.ts';

test('a program is found by path or on PATH, and only when it can be executed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-program-'));
  mkdirSync(join(folder, 'tool-folder'));
  for (const name of ['tool', 'text']) writeFileSync(join(folder, name), '#!/bin/sh\n');
  chmodSync(join(folder, 'tool'), 0o755);
  chmodSync(join(folder, 'text'), 0o644);
  expect(findProgram('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
  expect(findProgram(join(folder, 'tool'), undefined)).toBe(join(folder, 'tool'));
  for (const name of ['text', 'tool-folder', 'missing']) expect(findProgram(name, folder)).toBeNull();
  rmSync(folder, { recursive: true });
});

test.each([
  ['2.1.258', '2.1.259', true],
  ['2.1.259', '2.1.259', false],
  ['2.10.0', '2.9.9', false],
  ['1', '1.0.1', true],
])('%s is older than %s: %s', (a, b, older) => expect(isOlder(a, b)).toBe(older));
