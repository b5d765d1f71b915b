import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSpool } from '../../src/adapters/spool-file/spool.ts';
import { folder } from './edge-stage.ts';

const root = join(import.meta.dirname, '../..');

/** Fills a spool whose file may not grow beyond a few blocks, then makes room and goes on. */
const program = `
import { openSpool } from '${root}/src/adapters/spool-file/spool.ts';
process.on('SIGXFSZ', () => {});
const spool = await openSpool(process.argv[1]);
const put = (key, text) => spool.value.write([{ type: 'put', course: 'plain', letter: { kind: 'final', key, text, endedAt: 0, heardAt: 0 } }]);
const first = await put('a', 'short');
const big = await put('b', 'x'.repeat(40_000));
const gone = await spool.value.write([{ type: 'done', key: 'b', how: 'acknowledged' }]);
const last = await put('c', 'short as well');
console.log(JSON.stringify([first.ok, big.ok, big.ok ? '' : big.error.code, gone.ok, last.ok]));
process.kill(process.pid, 'SIGKILL');
`;

test.skipIf(process.platform !== 'linux')(
  'a disk that is full is told, tears nothing, and what follows is kept',
  async () => {
    const path = folder();
    const script = 'ulimit -f 20; exec "$0" --input-type=module-typescript -e "$1" "$2"';
    const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, program, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([true, false, 'not_kept', true, true]);
    const again = await openSpool(path);
    if (!again.ok) throw new Error(again.error.message);
    expect(again.value.pending().map(({ letter }) => letter.key)).toEqual(['a', 'c']);
    expect(again.value.unreadable).toBe(0);
    await again.value[Symbol.asyncDispose]();
  },
);

/** A disk that stays full for long: each try to keep something fails, and the garbage collection comes by. */
const long = `
import { openSpool } from '${root}/src/adapters/spool-file/spool.ts';
process.on('SIGXFSZ', () => {});
const spool = await openSpool(process.argv[1]);
const put = (key, text) => spool.value.write([{ type: 'put', course: 'plain', letter: { kind: 'final', key, text, endedAt: 0, heardAt: 0 } }]);
const done = (key, how, why) => spool.value.write([{ type: 'done', key, how, why }]);
const kept = [await put('a', 'short'), await put('b', 'x'.repeat(40_000)), await put('c', 'short'), await done('a', 'refused', 'y'.repeat(40_000))];
for (let i = 0; i < 3; i++) {
  gc();
  await new Promise((resolve) => setImmediate(resolve));
}
kept.push(await done('b', 'acknowledged'));
console.log(JSON.stringify(kept.map(({ ok }) => ok)));
process.kill(process.pid, 'SIGKILL');
`;

test.skipIf(process.platform !== 'linux')('a disk that stays full does not end the edge', async () => {
  const path = folder();
  const script = 'ulimit -f 20; exec "$0" --expose-gc --input-type=module-typescript -e "$1" "$2"';
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, long, path], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([true, false, false, false, true]);
  const again = await openSpool(path);
  if (!again.ok) throw new Error(again.error.message);
  expect(again.value.pending().map(({ letter }) => letter.key)).toEqual(['c']);
  await again.value[Symbol.asyncDispose]();
});
