import { z } from 'zod';
import { problemAnswer } from './answers.ts';
import { endpoints } from './api.ts';
import type { AnswerShape, Endpoint } from './endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

/** Problems that every address but the open ones may answer with. */
const usual = [401, 403, 421, 429];

const words: Readonly<Record<number, string>> = {
  200: 'Done',
  202: 'Accepted: it is on disk',
  400: 'Not readable',
  401: 'No token, or a wrong one',
  403: 'Refused to this page or this token',
  404: 'Not there',
  405: 'Not by this method',
  406: 'Not as the caller accepts it',
  409: 'Not possible as things stand',
  413: 'Too large',
  415: 'Not JSON',
  421: 'Not a name of this gateway',
  422: 'Not as expected: "field" names where',
  429: 'Too fast: wait as Retry-After says',
  503: 'Not now: wait as Retry-After says',
  507: 'The disk is full',
};

function schema(of: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

/** The description of the whole API. Source: OpenAPI 3.1. */
export function openApi(version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {};
    const at = paths[endpoint.path];
    if (at) at[endpoint.method] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tutti',
      version,
      description: 'A team of coding agents behind one gateway. Errors are problem documents (RFC 9457).',
    },
    security: [{ token: [] }, { page: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of <data>/token' },
        page: { type: 'apiKey', in: 'cookie', name: 'tutti_session', description: 'Set by POST /sign-in' },
      },
      schemas: { Problem: schema(problemAnswer, 'output') },
    },
    paths,
  };
}

function operation(endpoint: Endpoint): Json {
  const { method, path, group, summary, answers, body, isOpen } = endpoint;
  const problems = [
    ...(isOpen ? [403, 421, 429] : usual),
    ...(body ? [400, 413, 415] : []),
    ...(endpoint.problems ?? []),
  ];
  const responses = Object.fromEntries([
    ...Object.entries(answers).map(([status, shape]) => [status, answerOf(Number(status), shape)] as const),
    ...[...new Set(problems)].map((status) => [String(status), problemOf(status)] as const),
  ]);
  return {
    operationId: `${method}${path.replace(/[^a-zA-Z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())}`,
    tags: [group],
    summary,
    ...(isOpen ? { security: [] } : {}),
    ...parameters(endpoint),
    ...(body ? { requestBody: bodyOf(endpoint, body) } : {}),
    responses,
  };
}

function parameters({ path, query = {} }: Endpoint): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[0-9A-Za-z_-]{1,64}$' },
  }));
  const inQuery = Object.entries(query).map(([name, { about, schema: of }]) => ({
    name,
    in: 'query',
    description: about,
    schema: of ? schema(of, 'input') : { type: 'string' },
  }));
  const all = [...inPath, ...inQuery];
  return all.length > 0 ? { parameters: all } : {};
}

function bodyOf({ path, examples = {} }: Endpoint, body: z.ZodType): Json {
  const shown = Object.entries(examples).map(([name, value]) => [name, { value }] as const);
  const isOptional = body.safeParse({}).success && path !== '/task';
  const content = { schema: schema(body, 'input'), examples: Object.fromEntries(shown) };
  return { required: !isOptional, content: { 'application/json': content } };
}

function answerOf(status: number, shape: AnswerShape): Json {
  const isText = typeof shape === 'string';
  const type = isText ? shape : 'application/json';
  const of = isText ? (shape === 'application/json' ? {} : { type: 'string' }) : schema(shape, 'output');
  return { description: words[status] ?? '', content: { [type]: { schema: of } } };
}

function problemOf(status: number): Json {
  const wait = { 'Retry-After': { schema: { type: 'string' }, description: 'Seconds' } };
  return {
    description: words[status] ?? '',
    ...(status === 429 || status === 503 ? { headers: wait } : {}),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
