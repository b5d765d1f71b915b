import { expect, test } from 'vitest';
import { catalogueOf } from '../../src/apps/catalogue.ts';
import { config } from '../../src/wire/config.ts';
import { expectProblem, Front } from './gateway-front.ts';

const catalogue = catalogueOf(config.parse({}));
const look = (front: Front, text: string, more = '') =>
  front.ask('GET', `/api/v1/route?text=${encodeURIComponent(text)}${more}`);

test('words are shown as the jobs or the control they would become, and nothing is done', async () => {
  await using front = await Front.open({ catalogue });
  const work = await look(front, 'Refactor the API and validate the staging website');
  expect(work.json).toMatchObject({ jobs: [{ skill: 'coding' }, { skill: 'browser' }], control: null });
  expect((await look(front, 'pause Codex')).json).toMatchObject({ jobs: [], control: { verb: 'pause' } });
  expect((await look(front, ' ')).json).toEqual({ jobs: [], control: null, why: [] });
  expectProblem(await look(front, 'Do it', '&skill=nobody'), 422, { field: 'skill' });
  expect(await front.engine.jobs()).toEqual([]);
});

test('a look at words asks no model, however unsure the rules are', async () => {
  let asked = 0;
  const reconsider = async (_: string, routing: Parameters<NonNullable<typeof catalogue.reconsider>>[1]) => {
    asked += 1;
    return routing;
  };
  await using front = await Front.open({ catalogue: { ...catalogue, reconsider } });
  expect((await look(front, 'hm, that thing over there')).status).toBe(200);
  expect(asked).toBe(0);
});

test('what a task may name is listed, and of a webhook only where it goes', async () => {
  const receivers = [
    { url: 'https://user:pw@hooks.example.org/T1/secret?key=2', secret: 's3cret', allowPrivate: false },
  ];
  await using front = await Front.open({ catalogue, receivers });
  const { json, text } = await front.ask('GET', '/api/v1/catalogue');
  expect(json).toMatchObject({
    agents: ['browser', 'claude', 'codex', 'gemini'],
    skills: [{ name: 'coding' }],
    webhooks: [{ to: 'https://hooks.example.org', private: false }],
  });
  expect(json?.teams).toContain('big3');
  expect(text).not.toMatch(/secret|pw|s3cret/);
});
