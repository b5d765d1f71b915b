#!/usr/bin/env node
// The door for any Node from 20 on: installs what a bare checkout lacks, then runs Tutti on the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fail = (text) => {
  process.stderr.write(`tutti: ${text}\n`);
  process.exit(2);
};

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old: Tutti needs Node 20 or newer to start`);

/** Folder of an installed package, looked for where npm may have put it: in our own folder or above it. */
function packageFolder(name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
    if (folder === dirname(folder)) return null;
  }
}

function pinnedNode() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`].find((n) => n in optionalDependencies);
  const folder = name ? packageFolder(name) : null;
  const binary = folder && join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return binary && existsSync(binary) ? binary : null;
}

const isCheckout = existsSync(join(root, 'src', 'start.ts'));
if (isCheckout && (!packageFolder('zod') || !existsSync(join(root, 'node_modules', '.package-lock.json')))) {
  process.stderr.write('tutti: first start: installing what is needed (about a minute, 1.5 GB) …\n');
  const npm = process.env.npm_execpath && /\.c?js$/.test(process.env.npm_execpath) ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const done = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) fail('the installation failed; its last lines above tell why. Try again with: npm ci');
}

const entry = isCheckout ? join(root, 'src', 'start.ts') : join(root, 'dist', 'src', 'start.js');
const node = pinnedNode() ?? (major >= 26 ? process.execPath : null);
if (!node) fail(`Node 26 is needed and was not installed with Tutti for ${process.platform}-${process.arch}: install Node 26 and start again`);

const args = process.argv.slice(2);
const target = args[0] === '--exec' ? args.slice(1) : [entry, ...args];
// The agents' programs find the same Node, and what npm installed beside us, first.
const path = [dirname(node), process.env.PATH].filter(Boolean).join(process.platform === 'win32' ? ';' : ':');
const env = { ...process.env, PATH: path, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'tutti') };
if (typeof process.execve === 'function') process.execve(node, [node, ...target], env);
const child = spawn(node, target, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
