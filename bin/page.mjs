#!/usr/bin/env node
// Builds the page of the gateway into dist/web: from a checkout, where it is missing or older than its sources.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, runPinned } from './launcher.mjs';

const built = join(root, 'dist', 'web', 'index.html');

const sources = ['web', 'src/domain', 'src/kit', 'src/wire'];

/** The newest change of anything the page is made of; epoch milliseconds. */
function newestSource() {
  const inside = (folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
  const files = ['package-lock.json', ...sources.flatMap(inside)];
  return Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs));
}

/** Two who build at once each put a whole page in place. */
export function buildPage() {
  if (existsSync(built) && statSync(built).mtimeMs >= newestSource()) return 0;
  const own = join(root, 'dist', `web-${process.pid}`);
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const code = runPinned([vite, 'build', 'web', '--outDir', own, '--emptyOutDir', '--logLevel', 'error']);
  if (code === 0) {
    const old = `${own}-old`;
    mkdirSync(join(root, 'dist', 'web'), { recursive: true });
    renameSync(join(root, 'dist', 'web'), old);
    renameSync(own, join(root, 'dist', 'web'));
    rmSync(old, { recursive: true, force: true });
  }
  rmSync(own, { recursive: true, force: true });
  return code;
}

if (import.meta.main ?? process.argv[1]?.endsWith('page.mjs')) process.exit(buildPage());
