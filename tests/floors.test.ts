import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const sources = globSync('{{src,simulator}/**/*.ts,web/src/**/*.{ts,tsx}}', { cwd: root }).filter(
  (file) => !/\.(test|fixture)\.ts$/.test(file),
);

/** The room of a file: its floor, and for adapters and apps the folder that others may not enter. */
function roomOf(file: string): string {
  const parts = file.split('/');
  if (parts[0] === 'simulator' || parts[0] === 'web') return parts[0];
  if (parts.length === 2) return 'door';
  const inRoom = (parts[1] === 'adapters' || parts[1] === 'apps') && parts.length > 3;
  return inRoom ? `${parts[1]}/${parts[2]}` : (parts[1] ?? '');
}

/** Which rooms a room may import from, beside itself. Source: the design's floors. */
function mayEnter(from: string, to: string): boolean {
  if (from === to) return true;
  const [floor = ''] = from.split('/');
  const allowed: Readonly<Record<string, readonly string[]>> = {
    kit: [],
    domain: ['kit'],
    ports: ['domain', 'kit'],
    wire: ['domain', 'kit'],
    runtime: ['ports', 'domain', 'kit'],
    adapters: ['runtime', 'ports', 'wire', 'domain', 'kit'],
    simulator: ['kit'],
    web: ['wire', 'domain', 'kit'],
    door: ['adapters', 'apps', 'runtime', 'ports', 'wire', 'domain', 'kit'],
  };
  if (floor === 'apps') {
    const shared = to === 'apps' || to.split('/')[0] !== 'apps';
    return shared && to !== 'door';
  }
  if (floor === 'adapters' && to.startsWith('adapters/')) return false;
  return (allowed[floor] ?? []).includes(to.split('/')[0] ?? '');
}

function breaches(file: string, text: string): string[] {
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((m) => m[1] ?? '');
  return imports
    .map((path) => relative(root, join(root, dirname(file), path)))
    .filter((to) => !mayEnter(roomOf(file), roomOf(to)))
    .map((to) => `${file} → ${to}`);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

test('each floor imports only the floors below it, and rooms never visit each other', () => {
  expect(breaches('src/runtime/x.ts', `import '../adapters/process/child.ts'`)).toHaveLength(1);
  expect(breaches('src/adapters/a/x.ts', `import '../b/y.ts'`)).toHaveLength(1);
  expect(breaches('src/apps/a/x.ts', `import '../b/y.ts'`)).toHaveLength(1);
  expect(breaches('web/src/job/x.tsx', `import '../../../src/runtime/y.ts'`)).toHaveLength(1);
  expect(sources.flatMap((file) => breaches(file, read(file)))).toEqual([]);
});

test('domain and wire know no system: no node: modules, no ambient time or chance', () => {
  const ambient = /from 'node:|Date\.now\(|new Date\(\)|Math\.random\(|process\.|setTimeout\(/;
  const pure = sources.filter((file) => /^src\/(domain|wire)\//.test(file));
  expect(pure.filter((file) => ambient.test(read(file)))).toEqual([]);
});

test('time is asked of a clock: runtime and drivers have no ambient time', () => {
  const timed = sources.filter((file) => /^src\/(runtime|adapters\/agent-[a-z]+)\//.test(file));
  expect(timed.filter((file) => /Date\.now\(|setTimeout\(|setInterval\(/.test(read(file)))).toEqual([]);
});

test('files stay under 300 lines and functions under 60', () => {
  const all = globSync('{src,simulator,tests,bench,bin,web/src}/**/*.{ts,tsx,mjs,css}', { cwd: root });
  const long = all.filter((file) => read(file).split('\n').length > 301);
  expect(long).toEqual([]);
  expect(sources.flatMap((file) => longFunctions(file, read(file)))).toEqual([]);
});

/** Functions and methods over 60 lines, found by indentation: formatting is enforced, so it can be trusted. */
function longFunctions(file: string, text: string): string[] {
  const lines = text.split('\n');
  const starts =
    /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\b|(?:static |readonly |async |get |\*|#)*[#\w[\].]+\([^=]*\).*\{$|const \w+ = (?:async )?\(.*=> \{$)/;
  const found: string[] = [];
  for (const [i, line] of lines.entries()) {
    const indent = starts.exec(line)?.[1];
    if (indent === undefined || /^\s*(?:if|for|while|switch|test|describe)\b/.test(line)) continue;
    const end = lines.findIndex((other, j) => j > i && other.startsWith(`${indent}}`));
    if (end - i + 1 > 60) found.push(`${file}:${i + 1} (${end - i + 1} lines)`);
  }
  return found;
}

test('our own files name no registry host and no path of one machine', () => {
  const files = globSync('{*.json,*.md,*.mjs,docs/**,src/**,bin/**,simulator/**,.npmrc}', { cwd: root }).filter(
    (file) => /\.(json|md|ts|mjs|npmrc)$/.test(file),
  );
  const foreign = /registry\.npmjs|\/work\/|\/tmp\/research/;
  expect(files.filter((file) => foreign.test(read(file)))).toEqual([]);
});
