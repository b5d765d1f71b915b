import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadScenarios } from './load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-scenarios-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const role = { name: 'r', when: { prompt: ['x'] }, turns: [{ say: 'hi' }] };
const put = (name: string, value: unknown) =>
  writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));

describe('loading scenarios', () => {
  it('reads the JSON files of a folder in the order of their names, and nothing else', async () => {
    await put('b.json', { name: 'second', roles: [role] });
    await put('a.json', [{ name: 'first', roles: [role] }]);
    await put('readme.md', 'not a scenario');
    const loaded = await loadScenarios(folder);
    expect(loaded.ok && loaded.value.map((scenario) => scenario.name)).toEqual(['first', 'second']);
  });

  it('reads files named by an action from beside the scenario', async () => {
    await put('text.ts', 'export {};\n');
    const turns = [{ do: [{ write: 'src/a.ts', from: 'text.ts' }, { shell: 'true' }] }];
    await put('s.json', { name: 's', roles: [{ ...role, turns }] });
    const loaded = await loadScenarios(join(folder, 's.json'));
    expect(loaded.ok && loaded.value[0]?.roles[0]?.turns[0]?.do).toEqual([
      { write: 'src/a.ts', content: 'export {};\n' },
      { shell: 'true' },
    ]);
  });

  it('the shipped scenarios are whole: those for --simulate, and those of the demo’s acts', async () => {
    const shipped = join(import.meta.dirname, 'scenarios');
    const demo = ['question.json', 'recovery.json'].map((file) => join(shipped, 'demo', file));
    for (const path of [shipped, ...demo]) expect(await loadScenarios(path)).toMatchObject({ ok: true });
  });

  it.each([
    ['an unknown key', { name: 's', roles: [{ ...role, turn: [] }] }, 'roles.0'],
    ['a wrong type', { name: 's', roles: [{ ...role, turns: [{ say: 5 }] }] }, 'roles.0.turns.0.say'],
    ['no turns', { name: 's', roles: [{ ...role, turns: [] }] }, 'roles.0.turns'],
    ['a wrong action', { name: 's', roles: [{ ...role, turns: [{ do: [{ shell: 1 }] }] }] }, 'roles.0.turns.0.do.0'],
    [
      'a missing file',
      { name: 's', roles: [{ ...role, turns: [{ do: [{ write: 'a', from: 'gone' }] }] }] },
      'do.0.from',
    ],
    [
      'a wrong item of a list',
      [
        { name: 's', roles: [role] },
        { name: 7, roles: [] },
      ],
      '1.name',
    ],
    ['broken JSON', '{"name": ', 'JSON'],
  ])('%s is refused with the file and the key', async (_, value, key) => {
    await put('bad.json', value);
    const loaded = await loadScenarios(folder);
    expect(loaded.ok ? '' : loaded.error.message).toContain(join(folder, 'bad.json'));
    expect(loaded.ok ? '' : loaded.error.message).toContain(key);
  });

  it('a path that is not there and a folder without scenarios are refused', async () => {
    expect(await loadScenarios(join(folder, 'gone'))).toMatchObject({
      ok: false,
      error: { code: 'scenario_unreadable' },
    });
    expect(await loadScenarios(folder)).toMatchObject({ ok: false, error: { code: 'scenario_unreadable' } });
  });
});
