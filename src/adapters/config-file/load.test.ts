import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './load.ts';

const known = { agents: ['claude', 'codex'], teams: ['big3'] };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(config: unknown) {
  mkdirSync(join(folder, 'sub'));
  const path = join(folder, 'sub', 'tutti.config.json');
  writeFileSync(path, JSON.stringify(config, null, 2));
  return loadConfig(folder, path, known);
}

test('the folder of prompts is meant relative to the config, wherever the program was started', async () => {
  expect(await load({ prompts: 'texts' })).toMatchObject({ value: { prompts: join(folder, 'sub', 'texts') } });
});

test('without a folder of prompts there is none', async () => {
  const loaded = await load({});
  expect(loaded.ok && 'prompts' in loaded.value).toBe(false);
  expect(loaded.ok).toBe(true);
});

test('shares beyond the whole are refused with file and line', async () => {
  const members = [
    { agent: 'claude', role: 'implementer', share: 0.8 },
    { agent: 'codex', role: 'reviewer', share: 0.3 },
  ];
  const refused = await load({ teams: { mine: { members } } });
  const says = /tutti\.config\.json, line 4: teams\.mine\.members: the shares add up to 1\.1, expected at most 1/;
  expect(refused).toMatchObject({ ok: false, error: { message: expect.stringMatching(says) } });
});

test('a step with the name of a part of every job is refused where the team is defined', async () => {
  const step = { id: 'result', role: 'implementer', title: 't', responsibilities: [], deliverables: [] };
  const refused = await load({
    teams: { mine: { members: [{ agent: 'claude', role: 'implementer' }], steps: [step] } },
  });
  expect(refused).toMatchObject({
    error: { message: expect.stringMatching(/teams\.mine\.steps: .*"result" is taken/) },
  });
});
