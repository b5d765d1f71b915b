import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/kit/clock.ts';
import { engineContract } from './engine-contract.ts';
import { openSqlite, privateFolder, sqliteBench } from './engine-files.ts';
import { spec } from './engine-support.ts';

engineContract('sqlite', sqliteBench);

test('nothing is acknowledged into a file that was moved away or replaced; back in its place it takes all', async () => {
  await using folder = await privateFolder();
  const file = join(folder.path, 'tutti.db');
  const gone = { code: 'io', message: expect.stringContaining('moved or removed') };
  await using engine = await openSqlite(file, new ManualClock());
  await engine.submit([spec('one')]);
  renameSync(file, `${file}.away`);
  await expect(engine.submit([spec('two')])).rejects.toMatchObject(gone);
  await using other = await openSqlite(`${file}.other`, new ManualClock());
  await other.submit([spec('three')]);
  renameSync(`${file}.other`, file);
  await expect(engine.submit([spec('two')])).rejects.toMatchObject(gone);
  renameSync(`${file}.away`, file);
  await engine.submit([spec('two')]);
  expect((await engine.jobs()).map((job) => job.spec.job_id)).toEqual(['two', 'one']);
});
