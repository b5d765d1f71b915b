import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { noLimits } from '../../src/domain/job.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { openSqlite, privateFolder } from '../contracts/engine-files.ts';
import { claimed, entry, journal, retry, runEnded } from '../contracts/engine-support.ts';
import { integrity } from './engine-children.ts';

const clock = new ManualClock();

function makeOld(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(readFileSync(new URL('./fixtures/engine-first-schema.sql', import.meta.url), 'utf8'));
  db.close();
}

test('a file of the first version is taken over with its journal; its runs have cost what they cost', async () => {
  await using folder = await privateFolder();
  const file = join(folder.path, 'tutti.db');
  makeOld(file);
  const engine = await openSqlite(file, clock);
  const cost = { job: 'old', trace: 'trace', agent: 'claude', run: 'r1', at: 7 };
  expect(await engine.costs(0)).toEqual([{ ...cost, usd: 0.5, input_tokens: 7, output_tokens: null }]);
  const added = { limits: noLimits, planner: 'template', patience_ms: null };
  expect((await engine.job('old'))?.spec).toMatchObject(added);
  const [submitted, , , , received] = await engine.page('old', '0-0', 10);
  expect(submitted?.event).toMatchObject({ type: 'job.submitted', spec: added });
  expect(received?.event).toMatchObject({ control: { verb: 'pause', agent: null, park: false } });
  expect(await engine.reopen('old', 'again', retry)).toBe('ok');
  const claim = await claimed(engine);
  expect(await engine.append(claim, [runEnded(2, 'r2', 1, 1, 8), entry(3)])).toBe('ok');
  expect((await engine.costs(8)).map(({ agent, usd }) => [agent, usd])).toEqual([['codex', 1]]);
  expect(await journal(engine, 'old', '2-2')).toEqual(['3-1 attempt.started', '3-2 run.ended', '3-3 entry 3']);
  await engine[Symbol.asyncDispose]();
  expect(integrity(file)).toBe('ok');
});

test('several who open a file of the first version at the same moment take it over once', async () => {
  await using folder = await privateFolder();
  const file = join(folder.path, 'tutti.db');
  makeOld(file);
  const engines = await Promise.all(Array.from({ length: 4 }, () => openSqlite(file, clock)));
  for (const engine of engines) expect(await engine.costs(0)).toHaveLength(1);
  for (const engine of engines) await engine[Symbol.asyncDispose]();
});
