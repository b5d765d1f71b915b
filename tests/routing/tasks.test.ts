import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { noLimits } from '../../src/domain/job.ts';
import { route, routeAs } from '../../src/domain/routing/route.ts';
import { readSkills } from '../../src/domain/routing/skill.ts';
import { type Catalogue, makeJobs, type TaskInput } from '../../src/runtime/submission.ts';
import { knowledge, shipped } from './accuracy.ts';

const site = readSkills('site.json', {
  name: 'site',
  worker: 'coding',
  keywords: ['site'],
  team: 'duo',
  target: tmpdir(),
  verify: 'npm run check-site',
  hosts: ['*.example.org'],
});
const skills = [...shipped(), ...(site.ok ? site.value : [])];

const catalogue: Catalogue = {
  agents: new Set(['claude']),
  teams: new Set(['big3', 'duo']),
  verify: 'npm test',
  budget_usd: null,
  limits: noLimits,
  skills: () => skills,
  route: (utterance, skill) => {
    const named = skills.find(({ name }) => name === skill);
    return named ? routeAs(utterance, named) : route(utterance, { ...knowledge, skills });
  },
};

let ids = 0;
const newId = () => {
  ids += 1;
  return `id${ids}`;
};
const make = (input: TaskInput, known: Catalogue = catalogue) => {
  const made = makeJobs({ usualTarget: tmpdir(), ...input }, known, { now: 1, newId });
  return made.ok ? made.value : made.error;
};

const two = 'Refactor the API and validate the staging website';

test('one utterance becomes several jobs of one trace, each with its skill and its part', () => {
  const jobs = make({ utterance: two });
  expect(jobs).toMatchObject([
    { skill: 'coding', instruction: 'Refactor the API', utterance: two },
    { skill: 'browser', instruction: 'validate the staging website', utterance: two },
  ]);
  expect(Array.isArray(jobs) && new Set(jobs.map(({ trace_id }) => trace_id)).size).toBe(1);
});

test('a skill that the caller names wins over the words, also over words of control', () => {
  expect(make({ utterance: 'check the website', skill: 'coding' })).toMatchObject([{ skill: 'coding' }]);
  expect(make({ utterance: 'stop', skill: 'coding' })).toMatchObject([{ skill: 'coding', instruction: 'stop' }]);
  expect(make({ utterance: 'x', skill: 'cooking' })).toMatchObject({ code: 'skill' });
});

test('a skill brings its team, folder and check, unless the task names others', () => {
  expect(make({ utterance: 'x', skill: 'site' })).toMatchObject([
    { team: 'duo', target: tmpdir(), verify: 'npm run check-site' },
  ]);
  const named = { utterance: 'x', skill: 'site', team: 'big3', verify: 'true', target: '/' };
  expect(make(named)).toMatchObject([{ team: 'big3', target: '/', verify: 'true' }]);
  expect(make({ utterance: 'x', skill: 'site', agent: 'claude' })).toMatchObject([{ team: null, agent: 'claude' }]);
});

test('words of control make no job: the refusal names the command', () => {
  const text = (utterance: string) => make({ utterance });
  expect(text('pause codex')).toMatchObject({
    code: 'control',
    message: expect.stringContaining('tutti pause JOB --agent codex'),
  });
  expect(text('what did it cost so far')).toMatchObject({ message: expect.stringContaining('tutti costs') });
  expect(text('how far are you')).toMatchObject({ message: expect.stringContaining('tutti status') });
  expect(text("don't open the browser")).toMatchObject({ code: 'utterance' });
});

test('a broken skill file stops every task with its reason, instead of routing it wrongly', () => {
  expect(make({ utterance: 'x' }, { ...catalogue, unusable: 'a.json: name: wrong' })).toMatchObject({
    code: 'skills',
    message: 'a.json: name: wrong',
  });
});

test('a skill binds its jobs, and no others, to the hosts it names', () => {
  expect(make({ utterance: 'x', skill: 'site' })).toMatchObject([{ hosts: ['*.example.org'] }]);
  const [other] = [make({ utterance: 'x', skill: 'coding' })].flat();
  expect(other).not.toHaveProperty('hosts');
});
