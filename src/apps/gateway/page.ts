import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from './problem.ts';

/** Files of its own only, from nowhere else, in no frame: what agents say can neither load nor send anything. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=(), payment=(), usb=()',
} as const;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const UNBUILT =
  'the page is not built: run "npm run build" in the folder of Tutti and reload; the command line shows the same: tutti status';

/** The page at `/`: its document, and its files under names that change with what is in them. */
export function pageRoutes(app: FastifyInstance, folder: string): void {
  app.get('/', (request, reply) => file(request, reply, join(folder, 'index.html'), 'no-cache'));
  app.get('/assets/:name', (request, reply) => {
    const { name } = request.params as { readonly name: string };
    // The build's own names: nothing that leads elsewhere.
    const isPlain = /^[\w-]+(?:\.[\w-]+)*$/.test(name);
    const path = join(folder, 'assets', isPlain ? name : '-');
    return file(request, reply, path, 'private, max-age=31536000, immutable');
  });
}

async function file(request: FastifyRequest, reply: FastifyReply, path: string, cache: string) {
  const type = types[extname(path)];
  const bytes = type === undefined ? null : await readFile(path).catch(() => null);
  if (bytes === null) {
    const isPage = path.endsWith('index.html');
    const detail = isPage ? UNBUILT : 'there is no such file of the page';
    return problem(reply, { status: isPage ? 503 : 404, title: 'Not found', detail, code: 'no_page' });
  }
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  reply.headers({ ...headers, 'cache-control': cache, etag: tag, 'content-type': type });
  return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(bytes);
}
