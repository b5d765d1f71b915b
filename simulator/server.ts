import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep, systemClock } from '../src/kit/clock.ts';
import type { Exchange, ModelApi } from './api.ts';
import { Attempts, matchTurn, noScenario, onAttempt, plainActions } from './match.ts';
import type { Api, Asked, Scenario, Turn } from './scenario.ts';

/** One request as the simulator saw it. Keys and tokens are never kept. */
export interface RequestEntry {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly api: Api | null;
  readonly model: string | null;
  readonly prompt: string | null;
  readonly turnIndex: number | null;
  /** What was chosen as `scenario/role/turn`; null when nothing fitted or the request was an aside. */
  readonly chosen: string | null;
  /** How often this turn has been asked for, from 1. */
  readonly attempt: number | null;
  readonly body: unknown;
}

export interface SimulatorOptions {
  readonly scenarios: readonly Scenario[];
  /** 0 or absent: the system chooses. */
  readonly port?: number;
  readonly host?: '127.0.0.1';
  readonly log?: (entry: RequestEntry) => void;
}

export interface Simulator extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The latest requests in order, at most 500. */
  requests(): readonly RequestEntry[];
  /** Ends open sockets, hanging answers included. */
  close(): Promise<void>;
}

const maxBodyBytes = 64 << 20;
const keptRequests = 500;

/**
 * Serves the given model APIs on one loopback port.
 * @throws when the port cannot be had (the system's own error)
 */
export async function serve(apis: readonly ModelApi[], options: SimulatorOptions): Promise<Simulator> {
  const kept: RequestEntry[] = [];
  const answering = new Answering(apis, options.scenarios, (entry) => {
    kept.push(entry);
    if (kept.length > keptRequests) kept.shift();
    options.log?.(entry);
  });
  const server = createServer((request, response) => {
    answering.handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) problem(response, 500, `simulator: ${error instanceof Error ? error.message : error}`);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, port, requests: () => kept, close, [Symbol.asyncDispose]: close };
}

class Answering {
  readonly #apis: readonly ModelApi[];
  readonly #scenarios: readonly Scenario[];
  readonly #note: (entry: RequestEntry) => void;
  readonly #attempts = new Attempts();
  #count = 0;

  constructor(apis: readonly ModelApi[], scenarios: readonly Scenario[], note: (entry: RequestEntry) => void) {
    this.#apis = apis;
    this.#scenarios = scenarios;
    this.#note = note;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = ++this.#count;
    const method = request.method ?? 'GET';
    const { pathname } = new URL(request.url ?? '/', 'http://simulator');
    const body = parsed(await readBody(request));
    const api = this.#apis.find((candidate) => candidate.owns(method, pathname));
    const seen = { number, method, path: request.url ?? '/', body };
    const nothing = { model: null, prompt: null, turnIndex: null, chosen: null, attempt: null };
    if (!api) {
      this.#note({ ...seen, api: null, ...nothing });
      if (pathname === '/') return void response.writeHead(200).end();
      return problem(response, 404, `simulator: no route ${method} ${pathname}`);
    }
    if (body === undefined && method === 'POST') return problem(response, 400, 'simulator: the body is not JSON');
    const asked = api.asked(pathname, body);
    if (!asked) {
      this.#note({ ...seen, api: api.api, ...nothing });
      return api.aside(pathname, body, response);
    }
    const matched = matchTurn(this.#scenarios, asked);
    const attempt = matched ? this.#attempts.next(matched) : null;
    const chosen = matched ? `${matched.scenario}/${matched.role}/${matched.index}` : null;
    const { model, prompt, turnIndex } = asked;
    this.#note({ ...seen, api: api.api, model, prompt, turnIndex, chosen, attempt });
    const turn = matched && attempt ? onAttempt(matched.turn, attempt) : { say: noScenario };
    await play(api, { request, response, body, asked, turn, number });
  }
}

interface Play {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: unknown;
  readonly asked: Asked;
  readonly turn: Turn;
  readonly number: number;
}

async function play(api: ModelApi, at: Play): Promise<void> {
  const { response, turn } = at;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const wait = (ms: number) => sleep(systemClock, ms, gone.signal);
  if (turn.delayMs) await wait(turn.delayMs);
  if (gone.signal.aborted) return;
  if (turn.error) return api.error(response, turn.error);
  if (turn.hang === 'before_headers') return;
  if (turn.drop?.at === 'start') return void response.destroy();
  if (turn.raw !== undefined) {
    return void response
      .writeHead(200, { 'content-type': streamed(at) ? 'text/event-stream' : 'application/json' })
      .end(turn.raw);
  }
  const exchange: Exchange = { ...at, actions: plainActions(turn), sleep: wait };
  await api.answer(exchange);
}

/** Asked for in the body, or (Gemini) by the name of the method. */
function streamed({ body, request }: Play): boolean {
  const asks = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
  return asks || /:stream/.test(request.url ?? '');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Error(`request body over ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller answers 400
  }
}

function problem(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }));
}
