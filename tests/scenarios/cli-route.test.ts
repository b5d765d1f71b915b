import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const two = 'Refactor the API and validate the staging website';

test('route shows what an utterance would become and why, for people and for programs, and makes nothing', async () => {
  await using bench = new CliBench();
  const people = await bench.call(['route', two]);
  expect(people.out).toMatch(
    /^coding {6}Refactor the API\nbrowser {5}validate the staging website\n\nWhy:\n {2}“Refactor/,
  );
  const { out, code } = await bench.call(['route', two, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    jobs: [
      { skill: 'coding', instruction: 'Refactor the API' },
      { skill: 'browser', instruction: 'validate the staging website' },
    ],
    control: null,
    why: expect.arrayContaining([expect.stringContaining('→ browser')]),
  });
  const control = JSON.parse((await bench.call(['route', 'pause everything but Codex', '--json'])).out);
  expect(control).toMatchObject({ jobs: [], control: { verb: 'pause', target: 'everything but codex' } });
  expect((await bench.call(['status'])).out).toContain('no job yet');
});

test('a skill of the configuration routes as well, and a wrong one is refused by file and key', async () => {
  await using bench = new CliBench();
  const folder = join(bench.project, 'skills');
  mkdirSync(folder);
  const skill = { name: 'deploy', description: 'Shipping', queue: 'ops', keywords: ['deploy'] };
  writeFileSync(join(folder, 'deploy.json'), JSON.stringify([skill]));
  bench.withConfig({ skills: [folder] });
  const call = () => bench.call(['route', 'deploy the app', '--json', '--config', bench.config]);
  expect(JSON.parse((await call()).out)).toMatchObject({ jobs: [{ skill: 'deploy' }] });
  writeFileSync(join(folder, 'deploy.json'), JSON.stringify({ ...skill, keywords: 'deploy' }));
  expect(await call()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('deploy.json: keywords: ') });
});

test('run refuses words about work under way with the command that does it', async () => {
  await using bench = new CliBench().withGit();
  const { code, err } = await bench.call(['run', 'pause codex']);
  expect(code).toBe(2);
  expect(err).toMatch(
    /^tutti: this asks about work under way \(pause codex\)[^\n]+tutti pause JOB --agent codex[^\n]+\n$/,
  );
  expect((await bench.call(['run', 'Stop codex and fix the parser'])).err).toContain('give the rest by itself');
});
