import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FrameMs } from '../../domain/voice/audio.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { EARS_PATH, end, type PageCommand, PageLine } from './line.ts';
import { pageFiles, pageHeaders } from './page.ts';

/** Connections at once: one page needs a few. */
const CONNECTIONS_MAX = 32;

interface EarsOptions {
  readonly clock: Clock;
  readonly frameMs: FrameMs;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Absent: a new one, which is part of the page's address. */
  readonly token?: string;
  readonly onCommand: (command: PageCommand) => void;
}

/** The page by which a browser listens and speaks for the edge, served on this machine alone. */
export interface EarsServer extends AsyncDisposable {
  /** Address of the page with its token behind `#`: for the person alone, never for a log. */
  readonly url: string;
  readonly line: PageLine;
}

export async function serveEars(options: EarsOptions): Promise<Result<EarsServer, Refusal>> {
  const token = options.token ?? randomBytes(24).toString('base64url');
  const hosts = new Set<string>();
  const line = new PageLine({
    ...options,
    token,
    isOurs: (origin) => hosts.has(origin.replace(/^http:\/\//, '')) && origin.startsWith('http://'),
  });
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) =>
    answer(request, response, hosts),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('upgrade', (request, socket, head) => {
    const isThere = request.url === EARS_PATH && hosts.has(request.headers.host ?? '');
    if (isThere) line.take(request, socket, head);
    else end(socket, 404, `there is no socket here: the one there is is ${EARS_PATH}`);
  });
  const port = await listen(server, options.port);
  if (!port.ok) return port;
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${port.value}`);
  return ok({
    url: `http://127.0.0.1:${port.value}/#${token}`,
    line,
    async [Symbol.asyncDispose]() {
      line.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function answer(
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlySet<string>,
): void {
  const [path = ''] = url.split('?');
  const file = Object.hasOwn(pageFiles, path) ? pageFiles[path] : undefined;
  // A foreign name that leads here would make a foreign page ours.
  const status = !hosts.has(headers.host ?? '') ? 421 : method !== 'GET' ? 405 : file ? 200 : 404;
  response.writeHead(status, { ...pageHeaders, 'content-type': file?.type ?? 'text/plain' });
  response.end(status === 200 ? file?.text : 'nothing is here\n');
}

function listen(server: Server, port: number): Promise<Result<number, Refusal>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(refuse('no_port', `the page cannot be served at port ${port} (${error.code}): choose another port`));
    });
    server.listen(port, '127.0.0.1', () => {
      const at = server.address();
      resolve(ok(typeof at === 'object' && at ? at.port : port));
    });
  });
}
