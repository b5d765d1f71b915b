import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { catalogueOf } from '../../src/apps/catalogue.ts';
import { config } from '../../src/wire/config.ts';

/** A model that gives the same answer to every question; counts them. */
async function model(answer: unknown) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.end(JSON.stringify({ choices: [{ message: { content: JSON.stringify(answer) } }] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('the configured model is asked only where the rules are unsure, and what is no answer changes nothing', async () => {
  const { asked, url } = await model({ jobs: [{ skill: 'browser', instruction: 'x' }], control: null });
  const settings = config.parse({ router: { url, model: 'small', keyEnv: 'ROUTER_KEY' } });
  const { route, reconsider } = catalogueOf(settings, { env: { ROUTER_KEY: 'k' } });
  const decided = async (text: string) => {
    const rules = route?.(text, null);
    const jobs = rules && (await reconsider?.(text, rules))?.jobs;
    return jobs?.map(({ skill }) => skill).join('+');
  };
  expect(await decided('Fix the parser')).toBe('coding');
  expect(asked).toEqual([]);
  expect(await decided('the usual thing')).toBe('browser');
  expect(asked).toEqual(['Bearer k']);
  const other = await model({ jobs: [{ skill: 'cooking', instruction: 'x' }] });
  const strange = catalogueOf(config.parse({ router: { url: other.url, model: 'small' } }));
  const rules = strange.route?.('the usual thing', null);
  expect(rules && (await strange.reconsider?.('the usual thing', rules))).toBe(rules);
  expect(other.asked).toEqual([undefined]);
});

test('skills of the data folder take part, and a wrong file makes the catalogue unusable with its reason', () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tutti-router-'));
  onTestFinished(() => rmSync(dataFolder, { recursive: true, force: true }));
  mkdirSync(join(dataFolder, 'skills'));
  const file = join(dataFolder, 'skills', 'deploy.json');
  writeFileSync(file, '{ "name": "deploy", "queue": "ops", "keywords": ["deploy"] }');
  const open = () => catalogueOf(config.parse({}), { dataFolder });
  expect(open().route?.('deploy the app', null).jobs).toMatchObject([{ skill: 'deploy' }]);
  expect(open().route?.('deploy the app', 'summarize').jobs).toMatchObject([{ skill: 'summarize' }]);
  writeFileSync(file, '{ "name": "deploy", "queue": "ops", "keyword": ["deploy"] }');
  expect(open()).toMatchObject({ unusable: expect.stringContaining(`${file}: `) });
});
