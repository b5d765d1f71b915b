import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { announceEars, earsOf } from '../../src/adapters/data-folder/ears.ts';
import { expectProblem, Front } from './gateway-front.ts';

const url = 'http://127.0.0.1:9099/?token=abc';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tutti-ears-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('whoever may steer is led to the page that listens, and told how to start one where there is none', async () => {
  const data = folder();
  await using front = await Front.open({ ears: () => earsOf(data) });
  const talk = () => front.ask('POST', '/api/v1/talk');
  expectProblem(await talk(), 409, { code: 'no_ears' });
  const announced = announceEars(data, url);
  expect((await talk()).json).toEqual({ url });
  announced[Symbol.dispose]();
  expectProblem(await talk(), 409);
});

test('one who may only look is not told where to speak', async () => {
  const tokens = () => ({ name: 'reader', scopes: ['read'] as const });
  await using front = await Front.open({ ears: () => url, tokens });
  expectProblem(await front.ask('POST', '/api/v1/talk', { token: 'another' }), 403);
});

test('the address lies where its owner alone can read it, and that of an edge that is gone is nobody’s', () => {
  const data = folder();
  using _announced = announceEars(data, url);
  expect(statSync(join(data, 'ears.json')).mode & 0o777).toBe(0o600);
  writeFileSync(join(data, 'ears.json'), JSON.stringify({ pid: 2 ** 22 - 1, url }));
  expect(earsOf(data)).toBeNull();
  writeFileSync(join(data, 'ears.json'), '{');
  expect(earsOf(data)).toBeNull();
});
