#!/usr/bin/env node
// `npm test`: types, style and all tests, on a bare checkout too. Words after `--` go to vitest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, install, root, runPinned } from './launcher.mjs';
import { buildPage } from './page.mjs';

install();
if (process.platform === 'linux' || process.platform === 'darwin') {
  const { spawnSync } = await import('node:child_process');
  const missing = ['git', 'bash'].filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length > 0) {
    const root = process.getuid?.() === 0;
    const apt = spawnSync('apt-get', ['--version']).error === undefined;
    const command = `apt-get install -y ${missing.join(' ')}`;
    const done =
      root && apt && spawnSync('sh', ['-c', `apt-get update && ${command}`], { stdio: 'inherit' }).status === 0;
    if (!done)
      fail(
        `the tests need ${missing.join(' and ')}; install with: ${apt ? `sudo ${command}` : `brew install ${missing.join(' ')}`}`,
      );
  }
}

const bin = (name, file) => join(root, 'node_modules', name, file);
const words = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tutti-test-'));
const report = join(folder, 'report.json');
let code = 0;
if (words.length === 0) {
  process.stdout.write('types …\n');
  code ||= runPinned([bin('typescript', 'bin/tsc'), '--noEmit']);
  code ||= runPinned([bin('typescript', 'bin/tsc'), '-p', 'web', '--noEmit']);
  process.stdout.write('style …\n');
  code ||= runPinned([bin('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.']);
}
code ||= buildPage();
code ||= runPinned([
  bin('vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...words,
]);
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`);
} catch {
  // No report: the step that failed has said why.
}
rmSync(folder, { recursive: true, force: true });
process.exit(code);
