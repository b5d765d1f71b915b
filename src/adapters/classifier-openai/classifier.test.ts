import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../kit/clock.ts';
import { openAiClassifier } from './classifier.ts';

const skills = [{ name: 'browser', description: 'pages', examples: ['open it'] }];

async function endpoint(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const clock = new ManualClock();
  const warnings: unknown[] = [];
  const classifier = openAiClassifier({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
    model: 'small',
    key: 'secret-key',
    deadlineMs: 1_500,
    clock,
    warn: (_, fields) => warnings.push(fields),
  });
  return { classifier, clock, warnings };
}

const content = (text: string) => JSON.stringify({ choices: [{ message: { content: text } }] });

test('the model is told the skills and the words, and its answer is handed on', async () => {
  const asked: unknown[] = [];
  const { classifier, warnings } = await endpoint(async (request, response) => {
    asked.push(request.url, request.headers.authorization, await json(request));
    response.end(content('{"jobs":[{"skill":"browser","instruction":"look"}]}'));
  });
  expect(await classifier.classify('have a look', skills)).toEqual({
    jobs: [{ skill: 'browser', instruction: 'look' }],
  });
  expect(asked.slice(0, 2)).toEqual(['/v1/chat/completions', 'Bearer secret-key']);
  expect(asked[2]).toMatchObject({ model: 'small', messages: [{ role: 'system' }, { content: 'have a look' }] });
  expect(warnings).toEqual([]);
});

test('an endpoint that says nothing is left at the deadline', async () => {
  let isAsked = false;
  const { classifier, clock, warnings } = await endpoint(() => {
    isAsked = true;
  });
  const answer = classifier.classify('x', skills);
  await expect.poll(() => isAsked).toBe(true);
  clock.advance(1_500);
  expect(await answer).toBeNull();
  expect(warnings).toEqual([{ error: 'the deadline has passed' }]);
});

test.for([
  ['an error', 500, 'no'],
  ['no JSON', 200, '<html>'],
  ['another shape', 200, '{"choices":[]}'],
  ['words instead of JSON', 200, content('I think it is the browser')],
  ['far too much', 200, content('x'.repeat(100_000))],
] as const)('%s is no answer, and no failure of the task', async ([, status, body]) => {
  const { classifier, warnings } = await endpoint((_, response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
  });
  expect(await classifier.classify('x', skills)).toBeNull();
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings)).not.toContain('secret-key');
});

test('a redirect is not followed: the key goes to the configured address and no further', async () => {
  const asked: (string | undefined)[] = [];
  const { classifier } = await endpoint((request, response) => {
    asked.push(request.url);
    if (request.url === '/elsewhere') response.end(content('{"jobs":[]}'));
    else response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await classifier.classify('x', skills)).toBeNull();
  expect(asked).toEqual(['/v1/chat/completions']);
});
