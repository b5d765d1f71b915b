// Plain JavaScript for any Node from 20 on: installs what a bare checkout lacks and starts programs on the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isCheckout = existsSync(join(root, 'src', 'start.ts'));
const isWindows = process.platform === 'win32';
const [major] = process.versions.node.split('.').map(Number);

export function fail(text) {
  process.stderr.write(`tutti: ${text}\n`);
  process.exit(2);
}

/** Folder of an installed package, looked for where npm may have put it: in our own folder or above it. */
function packageFolder(name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
    if (folder === dirname(folder)) return null;
  }
}

/** The Node this version of Tutti is made for; our own when it is new enough. */
function pinnedNode() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const system = isWindows ? 'win' : process.platform;
  const names = [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`];
  const folder = packageFolder(names.find((name) => name in optionalDependencies) ?? names[0]);
  const binary = folder && join(folder, 'bin', isWindows ? 'node.exe' : 'node');
  if (binary && existsSync(binary)) return binary;
  if (major >= 26) return process.execPath;
  return fail(
    `Node 26 could not be installed for ${process.platform}-${process.arch}: install Node 26 and start again`,
  );
}

/** A checkout without its packages gets them, with progress on stderr. Installed packages came with theirs. */
export function install() {
  if (major < 20) fail(`Node ${process.versions.node} is too old: Tutti needs Node 20 or newer to start`);
  const mark = join(root, 'node_modules', '.package-lock.json');
  if (!isCheckout || existsSync(mark)) return;
  process.stderr.write('tutti: first start: installing packages (about a minute, 1.5 GB) …\n');
  const dots = spawn(process.execPath, ['-e', 'setInterval(() => process.stderr.write("."), 2000)'], {
    stdio: ['ignore', 'ignore', 2],
  });
  const own = process.env.npm_execpath;
  const npm = own && /\.[cm]?js$/.test(own) ? [process.execPath, own] : ['npm'];
  const args = [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = spawnSync(npm[0], args, { cwd: root, stdio: ['ignore', 2, 2], shell: isWindows && npm.length === 1 });
  dots.kill();
  process.stderr.write('\n');
  if (done.error?.code === 'ENOENT') fail('npm was not found: install npm and start again');
  if (done.status !== 0) fail('the packages could not be installed; the lines above tell why. Try again with: npm ci');
}

/** Compiled code is kept. PATH stays the person's: their agents and checks see their own Node. */
function environment() {
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'tutti');
  return { ...process.env, NODE_COMPILE_CACHE: cache };
}

/** Becomes the program where the system can (no second process), else runs it and ends as it ends. */
export function become(args) {
  const node = pinnedNode();
  const env = environment();
  if (typeof process.execve === 'function' && !isWindows) process.execve(node, [node, ...args], env);
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}

/** Runs a program on the pinned Node to its end, that Node first in its PATH; answers its exit code. */
export function runPinned(args) {
  const node = pinnedNode();
  const PATH = [dirname(node), process.env.PATH].filter(Boolean).join(isWindows ? ';' : ':');
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...environment(), PATH } }).status ?? 1;
}
