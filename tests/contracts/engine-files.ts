import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { type Clock, ManualClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Bench } from './engine-support.ts';

/** A private folder that is removed when the scope ends. */
export async function privateFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'engine-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export async function openSqlite(file: string, clock: Clock): Promise<Engine> {
  const opened = await sqliteEngine({ file, clock, pollMs: 5 });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

export async function sqliteBench(): Promise<Bench> {
  const folder = await privateFolder();
  const clock = new ManualClock();
  const file = join(folder.path, 'tutti.db');
  const engines: Engine[] = [];
  const open = async () => {
    const engine = await openSqlite(file, clock);
    engines.push(engine);
    return engine;
  };
  const close = async () => {
    for (const engine of engines) await engine[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  onTestFinished(close); // a failed test closes too
  return { engine: await open(), clock, peer: open, close };
}
