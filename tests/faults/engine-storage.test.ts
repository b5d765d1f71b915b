import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { openSqlite, privateFolder } from '../contracts/engine-files.ts';
import { claimed, entry, journal, settled, spec } from '../contracts/engine-support.ts';
import { integrity, limitedProgram } from './engine-children.ts';
import { smallDisk } from './engine-small-disk.ts';

const clock = new ManualClock();

async function refusal(file: string) {
  const opened = await sqliteEngine({ file, clock });
  if (opened.ok) throw new Error('opened');
  expect(opened.error.message).toMatch(/^.+[;:].+\.$/); // what is wrong, and the next step
  expect(opened.error.message).toContain(file.split('/').at(-2));
  return opened.error.code;
}

describe('opening', () => {
  test('refuses a missing folder, a folder, and what is no database', async () => {
    await using folder = await privateFolder();
    const at = (name: string) => join(folder.path, name);
    expect(await refusal(join(folder.path, 'missing', 'tutti.db'))).toBe('no_folder');
    await mkdir(at('folder'));
    expect(await refusal(at('folder'))).toBe('is_directory');
    writeFileSync(at('letter'), 'Dear database, '.repeat(500));
    expect(await refusal(at('letter'))).toBe('not_a_database');
    expect(readFileSync(at('letter'), 'utf8')).toBe('Dear database, '.repeat(500));
  });

  test('refuses a newer schema and another program’s database, and leaves both as they were', async () => {
    await using folder = await privateFolder();
    const newer = join(folder.path, 'newer.db');
    await (await openSqlite(newer, clock))[Symbol.asyncDispose]();
    change(newer, 'PRAGMA user_version=99');
    const foreign = join(folder.path, 'foreign.db');
    change(foreign, 'CREATE TABLE photo (id INTEGER); PRAGMA user_version=1');
    const before = [readFileSync(newer), readFileSync(foreign)];
    expect(await refusal(newer)).toBe('newer_schema');
    expect(await refusal(foreign)).toBe('foreign_database');
    expect([readFileSync(newer), readFileSync(foreign)]).toEqual(before);
  });

  test('waits while another process locks the file for a moment', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const hog = new DatabaseSync(file);
    hog.exec('CREATE TABLE x (y); BEGIN EXCLUSIVE');
    const opening = sqliteEngine({ file, clock });
    await new Promise(setImmediate);
    hog.exec('ROLLBACK; DROP TABLE x');
    hog.close();
    expect((await opening).ok).toBe(true);
    const opened = await opening;
    if (opened.ok) await opened.value[Symbol.asyncDispose]();
  });

  test('refuses a folder that cannot be written', async ({ skip }) => {
    await using disk = await smallDisk(1024);
    if (!disk) return skip('needs the right to mount');
    const file = join(disk.path, 'tutti.db');
    await (await openSqlite(file, clock))[Symbol.asyncDispose]();
    await disk.makeReadOnly();
    expect(await refusal(file)).toBe('read_only');
    expect(await refusal(join(disk.path, 'new.db'))).toBe('read_only');
  });

  test('keeps everything of the time before, and leaves only the one file when the last door closes', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const first = await openSqlite(file, clock);
    const second = await openSqlite(file, clock);
    await first.submit([spec('a')], 'key');
    const claim = await claimed(first);
    await first.append(claim, [entry(2)]);
    await first[Symbol.asyncDispose]();
    expect(readdirSync(folder.path)).toContain('tutti.db-wal');
    await second[Symbol.asyncDispose]();
    expect(readdirSync(folder.path)).toEqual(['tutti.db']);
    const third = await openSqlite(file, clock);
    expect(await third.append(claim, [entry(3)])).toBe('ok');
    expect(await journal(third, 'a', '1-1')).toEqual(['1-2 entry 2', '1-3 entry 3']);
    expect((await third.submit([spec('b')], 'key')).repeated).toBe(true);
    await third[Symbol.asyncDispose]();
  });
});

function change(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('a writer that another process keeps waiting', () => {
  test('waits without blocking the loop, and is served as soon as the lock is gone', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const engine = await openSqlite(file, clock);
    await engine.submit([spec('a')]);
    const claim = await claimed(engine);
    const hog = new DatabaseSync(file);
    hog.exec('BEGIN IMMEDIATE');
    const appended = Promise.all([engine.append(claim, [entry(2)]), engine.append(claim, [entry(3)])]);
    expect(await settled(appended)).toBe(false);
    expect(await journal(engine, 'a', '1-1')).toEqual([]);
    hog.exec('ROLLBACK');
    hog.close();
    expect(await appended).toEqual(['ok', 'ok']);
    await engine[Symbol.asyncDispose]();
  });
});

describe('a full disk', () => {
  test('is told when a new file cannot be made', async ({ skip }) => {
    await using disk = await smallDisk(64);
    if (!disk) return skip('needs the right to mount');
    writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(48 * 1024));
    expect(await refusal(join(disk.path, 'tutti.db'))).toBe('disk_full');
    rmSync(join(disk.path, 'ballast'));
    expect(readdirSync(disk.path).filter((name) => statSync(join(disk.path, name)).size > 0)).toEqual([]);
  });

  test('is told, leaves nothing half done, and is over when there is space again', async ({ skip }) => {
    await using disk = await smallDisk(1500);
    if (!disk) return skip('needs the right to mount');
    const ballast = join(disk.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(600 * 1024));
    const engine = await openSqlite(join(disk.path, 'tutti.db'), clock);
    await engine.submit([spec('a')]);
    const claim = await claimed(engine);
    let n = 2;
    const pair = () => [entry(n, 'x'.repeat(4_000)), entry(n + 1, 'y'.repeat(4_000))];
    for (let full = false; !full; ) {
      const said = await engine.append(claim, pair()).catch((error: unknown) => error);
      full = said !== 'ok';
      if (full) expect(said).toMatchObject({ code: 'disk_full', message: expect.stringContaining('free some space') });
      else n += 2;
    }
    expect(await journal(engine, 'a')).toHaveLength(n);
    await expect(engine.submit([spec('b', { context: 'z'.repeat(50_000) })])).rejects.toMatchObject({
      code: 'disk_full',
    });
    expect(await engine.job('b')).toBeNull();
    rmSync(ballast);
    expect(await engine.append(claim, pair())).toBe('ok');
    expect(await engine.finish(claim, 'completed', [])).toBe('ok');
    expect(await journal(engine, 'a')).toHaveLength(n + 2);
    await engine[Symbol.asyncDispose]();
    expect(integrity(join(disk.path, 'tutti.db'))).toBe('ok');
  });
});

describe('a file that may not grow', () => {
  test('refuses what does not fit, keeps what was accepted, and goes on where it may grow again', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const filler = limitedProgram(600, 'engine-filler', file);
    const [accepted = '', code] = ((await filler.line()) ?? '').split(' ');
    expect(['io', 'disk_full']).toContain(code);
    expect(await filler.exited).toEqual([0, null]);
    const engine = await openSqlite(file, new ManualClock());
    const n = Number(accepted);
    expect(n).toBeGreaterThan(10);
    expect(await journal(engine, 'a', '1-1')).toHaveLength(n);
    const claim = { job: 'a', attempt: 1, worker: 'filler', spec: spec('a') };
    expect(await engine.append(claim, [entry(n + 2)])).toBe('ok');
    await engine[Symbol.asyncDispose]();
    expect(integrity(file)).toBe('ok');
  });
});

describe('a write-ahead log torn by a crash', () => {
  test('loses nothing that was committed before the tear, and opens clean wherever it is torn', async () => {
    await using folder = await privateFolder();
    const at = (name: string) => join(folder.path, name);
    const engine = await openSqlite(at('live.db'), clock);
    await engine.submit([spec('a')]);
    const claim = await claimed(engine);
    const sizes: number[] = [];
    for (let n = 2; n <= 60; n++) {
      await engine.append(claim, [entry(n, 'x'.repeat((n * 397) % 5_000))]);
      sizes[n] = statSync(at('live.db-wal')).size;
    }
    const [start = 0, end = 0] = [sizes[2], sizes[60]];
    for (let tear = 0; tear < 40; tear++) {
      const length = start + Math.floor(((end - start) * (tear * 17 + 3)) / (40 * 17)) + tear;
      copyFileSync(at('live.db'), at('torn.db'));
      copyFileSync(at('live.db-wal'), at('torn.db-wal'));
      truncateSync(at('torn.db-wal'), length);
      if (tear % 2) await appendFile(at('torn.db-wal'), Buffer.alloc(6_000, tear)); // what a disk may leave there
      const torn = await openSqlite(at('torn.db'), clock);
      const committed = sizes.findLastIndex((size) => size !== undefined && size <= length);
      const kept = await torn.page('a', '1-1', 1_000);
      expect(kept.map((event) => event.cursor)).toEqual(Array.from({ length: committed - 1 }, (_, i) => `1-${i + 2}`));
      expect(await torn.append(claim, [entry(committed + 1)])).toBe('ok');
      await torn[Symbol.asyncDispose]();
      expect(integrity(at('torn.db'))).toBe('ok');
      rmSync(at('torn.db'));
    }
    await engine[Symbol.asyncDispose]();
  });
});

describe('a long journal', () => {
  test('is read whole after a restart, in order and in bounded portions', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const writer = await openSqlite(file, clock);
    await writer.submit([spec('a')]);
    const claim = await claimed(writer);
    for (let n = 2; n < 100_000; n += 5_000) {
      await writer.append(
        claim,
        Array.from({ length: 5_000 }, (_, i) => entry(n + i)),
      );
    }
    await writer.finish(claim, 'completed', []);
    await writer[Symbol.asyncDispose]();
    const reader = await openSqlite(file, clock);
    let count = 0;
    for await (const batch of reader.read('a', '1-1', new AbortController().signal)) {
      expect(batch.length).toBeLessThanOrEqual(500);
      for (const event of batch)
        if (event.cursor !== `1-${++count + 1}`) throw new Error(`${event.cursor} at ${count}`);
    }
    expect(count).toBe(100_000);
    await reader[Symbol.asyncDispose]();
  });
});
