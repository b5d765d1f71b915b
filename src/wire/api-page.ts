import { z } from 'zod';
import { endpoints } from './api.ts';
import type { Endpoint } from './endpoint.ts';

const groups = [
  'Tasks',
  'Jobs',
  'Control',
  'Traces',
  'Session',
  'Sign-in',
  'Gateway',
] as const satisfies Endpoint['group'][];

const head = `# The HTTP API

Made from the gateway's own schemas by \`node bin/api-page.mjs\`; the same as OpenAPI 3.1 is at \`/openapi.json\`.

The gateway listens on loopback. All addresses but \`/health\` and \`/sign-in\` want the bearer token of \`<data>/token\`, or the cookie of a [sign-in](security.md). Bodies are JSON in UTF-8, at most 1 MiB; fields nobody knows are refused by name. Errors are problem documents (RFC 9457): \`status\`, \`title\`, one sentence in \`detail\`, the wrong \`field\`, a \`code\` for programs. With 429 and 503 comes \`Retry-After\`, in seconds.

\`\`\`sh
URL=http://127.0.0.1:8080 TOKEN=$(cat <data>/token)
\`\`\`

Tasks and controls may carry the header \`Idempotency-Key\`: sent again, it gets the first answer and makes nothing. A key that was used for another task is refused with 422.

\`GET /transcript\` as a WebSocket (protocol \`tutti\`; a browser adds \`bearer.<token>\` as a second one) takes text frames of at most 64 KiB, each a body of \`POST /transcript\`. Each is answered in order by a frame \`{"id": 1, "status": 202, "body": {…}}\`, where the id counts the frames. At most 64 may wait for their answer. What got none may be sent again with its \`idempotency_key\`.

Event streams end with \`event: end\`. A reader that was cut off comes back with \`Last-Event-ID\` and hears the rest, nothing twice.
`;

/** The API as a page for people: what \`docs/api.md\` holds. */
export function apiPage(): string {
  const parts = groups.map((group) => {
    const own = endpoints.filter((endpoint) => endpoint.group === group);
    return `## ${group}\n\n${own.map(section).join('\n')}`;
  });
  return `${head}\n${parts.join('\n')}`;
}

function section(endpoint: Endpoint): string {
  const { method, path, summary, query = {}, body, answers, problems = [], examples = {} } = endpoint;
  const lines = [`### \`${method.toUpperCase()} ${path}\``, '', summary, ''];
  for (const [name, { about }] of Object.entries(query)) lines.push(`- \`?${name}=\` ${about}`);
  const fields = body ? fieldsOf(body) : [];
  if (fields.length > 0) lines.push('| field | |', '| --- | --- |', ...fields);
  if (fields.length > 0 || Object.keys(query).length > 0) lines.push('');
  const [example] = Object.values(examples);
  if (example !== undefined) lines.push('```sh', curl(path, example), '```', '');
  const told = Object.entries(answers).map(
    ([status, shape]) => `${status} ${typeof shape === 'string' ? shape : 'JSON'}`,
  );
  const bad = problems.length > 0 ? `; problems: ${problems.join(', ')}` : '';
  lines.push(`Answers: ${told.join(', ')}${bad}.`, '');
  return lines.join('\n');
}

function curl(path: string, body: unknown): string {
  const at = path.replaceAll('{id}', '$JOB').replaceAll('{agent}', 'claude');
  const text = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl -s "$URL${at}" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${text}'`;
}

interface Shape {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

function fieldsOf(body: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as Shape;
  return Object.entries(properties).map(
    ([name, shape]) => `| \`${name}\` | ${typeOf(shape)}${required.includes(name) ? ', needed' : ''} |`,
  );
}

function typeOf(shape: Shape): string {
  if (shape.enum) return shape.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (shape.anyOf) return shape.anyOf.map(typeOf).join(' or ');
  if (shape.format === 'date-time') return 'time, ISO 8601 with its zone';
  return typeof shape.type === 'string' ? shape.type : 'anything';
}
