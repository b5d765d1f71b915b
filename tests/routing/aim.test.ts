import { expect, test } from 'vitest';
import { aim } from '../../src/domain/routing/aim.ts';

const jobs = [
  { id: '0aaaaaaaa1', skill: 'coding', agents: ['claude', 'codex'] },
  { id: '0bbbbbbbb2', skill: 'browser', agents: ['gemini'] },
  { id: '0cccccccc3', skill: 'coding', agents: [] },
];
const known = { agents: new Set(['claude', 'codex', 'gemini']), skills: new Set(['coding', 'browser']) };

/** What a control reaches: `job` or `job/agent`, by the last digit of its id. */
function reached(names: readonly string[], except: readonly string[] = []): readonly string[] | string {
  const found = aim({ names, except }, jobs, known);
  if (!found.ok) return found.error.message;
  return found.value.map(({ id, agent }) => `${id.at(-1)}${agent === null ? '' : `/${agent}`}`);
}

test('everything is every open job as a whole', () => {
  expect(reached([])).toEqual(['1', '2', '3']);
});

test('an agent is reached in the jobs it works in, a skill in its jobs, an id by a part of it', () => {
  expect(reached(['codex'])).toEqual(['1/codex']);
  expect(reached(['coding'])).toEqual(['1', '3']);
  expect(reached(['codex', 'browser'])).toEqual(['1/codex', '2']);
  expect(reached(['bbbb2'])).toEqual(['2']);
});

test('an exception spares an agent, a skill or a job, and nothing else', () => {
  expect(reached([], ['codex'])).toEqual(['1/claude', '2']);
  expect(reached([], ['browser'])).toEqual(['1', '3']);
  expect(reached(['coding'], ['claude'])).toEqual(['1/codex']);
});

test('a name that nothing bears is refused with the names there are; a known agent without work reaches nothing', () => {
  expect(reached(['mistral'])).toBe(
    'there is no agent, skill or open job "mistral": the agents are claude, codex, gemini',
  );
  expect(reached([], ['mistral'])).toContain('"mistral"');
  expect(aim({ names: ['codex'], except: [] }, [], known)).toEqual({ ok: true, value: [] });
});
