import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FailureCause } from '../agent-event.ts';
import { type KnownTrouble, matchRecovery, readPatterns, type Words } from './pattern.ts';

interface Fixture extends Partial<Words> {
  readonly id: string;
  readonly source: string;
  readonly cause?: FailureCause;
  readonly retry_after_ms?: number;
  readonly wait_ms?: number;
}

const root = join(import.meta.dirname, '../../..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const files = readdirSync(join(root, 'recovery'));
const shipped = files.flatMap((file) => {
  const known = readPatterns(file, read(join('recovery', file)));
  if (!known.ok) throw new Error(known.error.message);
  return known.value;
});
const recorded = files.flatMap((file) => {
  const agent = file.replace('.json', '');
  const fixtures = read(join('tests/fixtures/recovery', file)) as readonly Fixture[];
  return fixtures.map((fixture) => ({ agent: agent === 'any' ? 'mine' : agent, fixture }));
});
const noon = Date.UTC(2026, 10, 21, 12);

function found(troubles: readonly KnownTrouble[], agent: string, fixture: Fixture) {
  const { id: _, source: __, retry_after_ms, wait_ms: ___, ...said } = fixture;
  const words = { cause: null, message: '', stderr: '', version: null, ...said };
  return matchRecovery(troubles, agent, words, noon, retry_after_ms ?? null);
}

test.each(recorded)('what $agent said is $fixture.id, and would not be without that pattern ($#)', (one) => {
  const { agent, fixture } = one;
  const recovery = found(shipped, agent, fixture);
  expect(recovery?.id).toBe(fixture.id);
  if (fixture.wait_ms !== undefined) expect(recovery?.wait_ms).toBe(fixture.wait_ms);
  const without = shipped.filter(({ id }) => id !== fixture.id);
  expect(found(without, agent, fixture)?.id).not.toBe(fixture.id);
});

test('every shipped pattern was heard at least once', () => {
  const heard = new Set(recorded.map(({ fixture }) => fixture.id));
  expect(shipped.map(({ id }) => id).filter((id) => !heard.has(id))).toEqual([]);
});

test('no id is given twice, so that tries are counted for one pattern alone', () => {
  const ids = shipped.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});
