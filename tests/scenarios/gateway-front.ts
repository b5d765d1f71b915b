import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { gitWorkspaces } from '../../src/adapters/workspace-git/workspaces.ts';
import { startGateway } from '../../src/apps/gateway/gateway.ts';
import { answerMcp } from '../../src/apps/mcp/http.ts';
import type { Gateway, GatewayOptions } from '../../src/apps/services.ts';
import type { Event } from '../../src/domain/event.ts';
import { noLimits } from '../../src/domain/job.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Claim, Engine } from '../../src/ports/engine.ts';

export const TOKEN = 'the-token-of-this-test';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; null where it is none. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Null: no Authorization header. */
  readonly token?: string | null;
  /** Reads no further than these words: for streams that do not end. */
  readonly until?: string;
}

/** A gateway on a port of the system's choice, in front of an engine, asked through real sockets. */
export class Front implements AsyncDisposable {
  readonly folder: string;
  readonly warnings: string[] = [];
  readonly engine: Engine;
  readonly url: string;
  readonly port: number;
  /** What the gateway answers at. */
  readonly addresses: readonly string[];
  readonly #close: () => PromiseLike<void>;

  private constructor(folder: string, engine: Engine, gateway: Gateway) {
    this.folder = folder;
    this.engine = engine;
    this.url = gateway.url;
    this.port = Number(new URL(gateway.url).port);
    this.addresses = gateway.addresses;
    this.#close = () => gateway[Symbol.asyncDispose]();
  }

  static async open(more: Partial<GatewayOptions> = {}): Promise<Front> {
    const engine = more.engine ?? memoryEngine({ clock: systemClock });
    const warnings: string[] = [];
    const folder = mkdtempSync(join(tmpdir(), 'tutti-gateway-'));
    const gateway = await startGateway({
      engine,
      clock: systemClock,
      token: () => TOKEN,
      tokens: () => null,
      answerMcp,
      host: '127.0.0.1',
      port: 0,
      catalogue: {
        agents: new Set(['claude']),
        teams: new Set(['big3']),
        verify: null,
        budget_usd: null,
        limits: noLimits,
      },
      target: tmpdir(),
      version: '1.2.3',
      dataFolder: folder,
      workspaces: gitWorkspaces(folder),
      skills: () => [{ name: 'coding', description: 'Work on code', worker: 'coding' }],
      maxQueued: 1_000,
      writesPerMinute: 60_000,
      receivers: [],
      log: { info() {}, warn: (message) => warnings.push(message) },
      ...more,
    });
    const front = new Front(folder, engine, gateway);
    front.warnings.push(...warnings);
    return front;
  }

  begin(method: string, path: string, { headers = {}, token = TOKEN }: Ask = {}): ClientRequest {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const { port } = this;
    return request({ host: '127.0.0.1', port, method, path, agent: false, headers: { ...authorization, ...headers } });
  }

  /** One request; every answer must carry the safe headers. */
  async ask(method: string, path: string, more: Ask = {}): Promise<Answer> {
    const sent = this.begin(method, path, more);
    sent.on('error', () => {
      // The gateway may hang up on an unread body; what it answered before counts.
    });
    sent.end(more.body);
    const [message] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of message.setEncoding('utf8')) {
      text += chunk;
      if (more.until !== undefined && text.includes(more.until)) break;
    }
    expectSafe(message.headers);
    const isJson = message.headers['content-type']?.includes('json') === true && text !== '';
    return { status: message.statusCode ?? 0, headers: message.headers, text, json: isJson ? JSON.parse(text) : null };
  }

  /** A file of the page, which unlike all else may be kept. */
  async look(path: string, headers: Ask['headers'] = {}): Promise<Pick<Answer, 'status' | 'headers'>> {
    const sent = this.begin('GET', path, { headers }).end();
    const [message] = (await once(sent, 'response')) as [IncomingMessage];
    message.resume();
    return { status: message.statusCode ?? 0, headers: message.headers };
  }

  post(body: unknown, more: Ask = {}): Promise<Answer> {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.ask('POST', '/task', {
      ...more,
      body: text,
      headers: { 'content-type': 'application/json', ...more.headers },
    });
  }

  /** Bytes as they are; answers all that came back until the gateway closed the connection. */
  async raw(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => {
      // A reset is the gateway's right; what came before it counts.
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(bytes);
    await new Promise((resolve) => socket.on('close', resolve));
    return text;
  }

  async healthy(): Promise<void> {
    expect(await this.ask('GET', '/health', { token: null })).toMatchObject({ status: 200, json: { status: 'ok' } });
  }

  /** A job that a worker holds, ready for its events. */
  async heldJob(): Promise<Claim> {
    const { json } = await this.post({ utterance: 'Do it' });
    const claim = await this.engine.claim({ worker: 'w', leaseMs: 600_000, job: String(json?.job_id) });
    if (!claim) throw new Error('the job could not be claimed');
    return claim;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.engine[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function expectSafe(headers: IncomingHttpHeaders): void {
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
}

/** A problem document: its status is the answer's, and it says what is wrong. */
export function expectProblem(answer: Answer, status: number, more: Readonly<Record<string, unknown>> = {}): void {
  expect(answer.json).toMatchObject({ status, type: 'about:blank', ...more });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(String(answer.json?.detail).length).toBeGreaterThan(10);
}

export function message(text: string): Event {
  return { type: 'agent', agent: 'claude', run: 'claude.1', seen: { type: 'message', text } };
}

export interface Heard {
  readonly ids: readonly string[];
  /** Whether the stream said that there is no more. */
  readonly ended: boolean;
}

/** Reads a job's stream until it ends, or leaves it abruptly once `enough` events have come. */
export async function listen(front: Front, job: string, after: string | null, enough = Infinity): Promise<Heard> {
  const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
  const sent = front.begin('GET', `/api/v1/${job}/events`, { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  expectSafe(response.headers);
  const ids: string[] = [];
  let ended = false;
  let rest = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const id = /^id: (.*)$/m.exec(frame)?.[1];
        if (id !== undefined) ids.push(id);
        ended ||= frame.startsWith('event: end');
        if (ids.length >= enough) return { ids, ended };
      }
    }
  } catch {
    // Cut off by the gateway: what came whole counts.
  } finally {
    sent.destroy();
  }
  return { ids, ended };
}
