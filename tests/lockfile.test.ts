import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

interface Entry {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

test('every optional platform package has its own entry, so that npm ci works on every platform', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, Entry> };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      const places = [path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`, `node_modules/${name}`];
      return !places.some((place) => place in packages);
    }),
  );
  expect(missing).toEqual([]);
});

test('the lockfile names no registry, and every package is held by its checksum', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, Entry> };
  const others = Object.entries(packages).filter(([path]) => path !== '');
  expect(others.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  expect(others.filter(([, entry]) => !entry.integrity && !entry.link).map(([path]) => path)).toEqual([]);
});

test('every dependency is pinned to one exact version', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json');
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies } as Record<
    string,
    string
  >);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
