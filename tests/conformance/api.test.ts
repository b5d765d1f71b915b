import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { endpoints } from '../../src/wire/api.ts';
import { apiPage } from '../../src/wire/api-page.ts';
import { openApi } from '../../src/wire/openapi.ts';
import { type Answer, expectProblem, Front } from '../scenarios/gateway-front.ts';
import { PICTURE, prepare, type Stage } from './stage.ts';

interface Operation {
  /** Empty where no token is needed. */
  readonly security?: readonly unknown[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: {
      readonly 'application/json': {
        readonly schema: object;
        readonly examples: Record<string, { readonly value: unknown }>;
      };
    };
  };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

const document = openApi('1.2.3') as unknown as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

function fits(schema: object, value: unknown): void {
  const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  expect(read.error?.issues ?? []).toEqual([]);
}

/** The answer is one the document tells of, of the kind and shape it tells. */
function conforms(answer: Answer, operation: Operation): void {
  const told = operation.responses[String(answer.status)];
  expect(told, `${answer.status} ${answer.text.slice(0, 200)}`).toBeDefined();
  const [[type, content] = ['', undefined]] = Object.entries(told?.content ?? {});
  expect(answer.headers['content-type']?.split(';')[0]).toBe(type);
  if (content && answer.json !== null && answer.status < 300) fits(content.schema, answer.json);
}

const fill = (path: string, { job, trace }: Stage) =>
  path
    .replace('{id}', path.includes('trace') ? trace : job)
    .replace('{agent}', 'claude')
    .replace('{picture}', PICTURE);

/** The example with a job and a code that there are. */
async function real(front: Front, { job }: Stage, value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if ('job' in value) return { ...value, job };
  if (!('code' in value)) return value;
  const headers = { 'content-type': 'application/json' };
  const { json } = await front.ask('POST', '/api/v1/sign-in-links', { body: '{}', headers });
  return { ...value, code: new URL(String(json?.url)).searchParams.get('code') };
}

test.each(operations)('$method $path answers as its description says', async ({ method, path, operation }) => {
  const examples = Object.values(
    operation.requestBody?.content['application/json'].examples ?? { none: { value: undefined } },
  );
  for (const { value } of examples) {
    await using front = await Front.open({ ears: () => 'http://127.0.0.1:9099/?token=x' });
    const stage = await prepare(front, path);
    const body =
      value === undefined
        ? {}
        : {
            body: JSON.stringify(await real(front, stage, value)),
            headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          };
    const until = path === '/api/v1/sessions/events' ? { until: 'event: sessions' } : {};
    const answer = await front.ask(method.toUpperCase(), fill(path, stage), { ...body, ...until });
    expect(answer.status, answer.text.slice(0, 300)).toBeLessThan(300);
    conforms(answer, operation);
    if (value !== undefined && operation.requestBody)
      fits(operation.requestBody.content['application/json'].schema, value);
  }
});

test.each(operations.filter(({ operation }) => operation.security === undefined))(
  '$method $path wants the token',
  async ({ method, path, operation }) => {
    await using front = await Front.open();
    const answer = await front.ask(
      method.toUpperCase(),
      path.replace('{id}', 'x').replace('{agent}', 'y').replace('{picture}', PICTURE),
      {
        token: null,
      },
    );
    expectProblem(answer, 401);
    conforms(answer, operation);
  },
);

test.each(operations.filter(({ path }) => path.includes('{id}')))(
  '$method $path tells of a job or trace that is not there',
  async ({ method, path, operation }) => {
    await using front = await Front.open();
    const answer = await front.ask(
      method.toUpperCase(),
      path.replace('{id}', 'nobody').replace('{agent}', 'claude').replace('{picture}', PICTURE),
    );
    expectProblem(answer, 404);
    conforms(answer, operation);
  },
);

test.each(operations.filter(({ operation }) => operation.requestBody))(
  '$method $path refuses a field that it does not know, by its name',
  async ({ method, path, operation }) => {
    await using front = await Front.open();
    const stage = await prepare(front, path);
    const headers = { 'content-type': 'application/json' };
    const [example] = Object.values(operation.requestBody?.content['application/json'].examples ?? {});
    const body = JSON.stringify({ ...(example?.value as object), unheard_of: 1 });
    const answer = await front.ask(method.toUpperCase(), fill(path, stage), { body, headers });
    expectProblem(answer, 422, { field: 'unheard_of' });
    conforms(answer, operation);
  },
);

test('the gateway serves the description, of the version it is', async () => {
  await using front = await Front.open();
  const { json } = await front.ask('GET', '/openapi.json');
  expect(json).toEqual(JSON.parse(JSON.stringify(document)));
  expect(json).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
});

test('every address there is stands in the description, and no other does', async () => {
  await using front = await Front.open();
  const told = operations.map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
  // Verbs have one address in the code, and each its own in the description.
  const known = told.map((one) => (front.addresses.includes(one) ? one : one.replace(/[^/]+$/, ':verb')));
  expect(new Set(known)).toEqual(new Set(front.addresses));
});

test('every address has its own name, and what it answers is told', () => {
  const names = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods as Record<string, { operationId?: string }>).map(({ operationId }) => operationId),
  );
  expect(new Set(names).size).toBe(endpoints.length);
});

test('the page about the API is the one the schemas give: node bin/api-page.mjs writes it anew', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'api.md'), 'utf8');
  expect(page).toBe(apiPage());
});
