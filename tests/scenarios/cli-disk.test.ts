import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

/** A file system of its own at `<root>/disk`, unmounted with the bench. */
class SmallDisk extends CliBench {
  readonly disk = join(this.root, 'disk');

  constructor(options: string) {
    super();
    mkdirSync(this.disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.disk], { stdio: 'ignore' });
  }

  /** Fills the disk but for so many bytes. */
  fill(sizeBytes: number): void {
    writeFileSync(join(this.disk, 'filler'), Buffer.alloc(sizeBytes));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', ['--lazy', this.disk], { stdio: 'ignore' });
    await super[Symbol.asyncDispose]();
  }
}

function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Mounting a small disk needs root and the right to mount.
describe.skipIf(!mayMount())('a disk at its limits', () => {
  test('a full one is refused in one line, and the probe leaves nothing', async () => {
    await using bench = new SmallDisk('size=64k');
    bench.fill(64 << 10);
    for (const words of [
      ['run', 'x'],
      ['up', '--port', '0'],
    ]) {
      const { code, err, out } = await bench.call([...words, '--data', bench.disk]);
      expect(err).toMatch(/^tutti: the data folder \S+ cannot be used: the disk is full; name another [^\n]+\n$/);
      expect({ code, out }).toEqual({ code: 2, out: '' });
    }
    expect(readdirSync(bench.disk)).toEqual(['filler']);
  });

  test('a nearly full one is refused before a job is stored', async () => {
    await using bench = new SmallDisk('size=64k');
    bench.fill(40 << 10);
    const { code, err, out } = await bench.call(['run', 'x', '--data', bench.disk]);
    expect(err).toMatch(/^tutti: [^\n]* full; [^\n]+\n$/);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('one mounted read-only is refused, and can still be looked at', async () => {
    await using bench = new SmallDisk('size=1m,ro');
    const { code, err } = await bench.call(['run', 'x', '--data', bench.disk]);
    expect(err).toMatch(/^tutti: the data folder \S+ cannot be used: it is read-only; [^\n]+\n$/);
    expect(code).toBe(2);
    expect((await bench.call(['status', '--data', bench.disk])).out).toContain('no job yet');
  });

  test('one that fills up during a job ends the run with the reason; with room again the job goes on', async () => {
    await using bench = new SmallDisk('size=400k');
    const chatty = `
      if (process.env.TUTTI_RESUME || require('node:fs').existsSync('${bench.home}/enough')) {
        console.log(JSON.stringify({ type: 'result', payload: { text: 'done' } }));
      } else {
        const text = 'x'.repeat(10000);
        setInterval(() => console.log(JSON.stringify({ type: 'progress', payload: { text } })), 1);
      }`;
    const solo = { protocol: 'events', vendor: 'a', command: [process.execPath, '-e', chatty] };
    bench.withGit().withConfig({ agents: { solo } });
    const { code, err } = await bench.call([
      'run',
      'x',
      '--agent',
      'solo',
      '--config',
      bench.config,
      '--data',
      bench.disk,
    ]);
    expect(err).toMatch(/is full; free some space/);
    expect(err).toMatch(/tutti: job \w+ has not ended: [^\n]+ tutti up\n$/);
    expect(err).not.toMatch(/^ {4}at /m);
    expect(code).toBe(1);
    writeFileSync(join(bench.home, 'enough'), '');
    execFileSync('mount', ['-o', 'remount,size=8m', bench.disk]);
    const up = bench.start(['up', '--port', '0', '--config', bench.config, '--data', bench.disk]);
    await up.said(/sandbox: none/);
    expect((await bench.call(['events', '--follow', '--data', bench.disk])).out).toContain('job completed');
    up.child.kill('SIGTERM');
    expect((await up.ended).code).toBe(0);
    rmSync(join(bench.home, 'enough'));
  });
});
