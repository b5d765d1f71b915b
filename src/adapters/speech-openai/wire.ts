import type { IncomingMessage } from 'node:http';
import { OpenAI } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { ClientEvent as LiveClientEvent } from 'openai/resources/live/live';
import { LiveWS } from 'openai/resources/live/ws';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { LineLoss } from '../../domain/voice/line.ts';

/** Why a socket is gone, or never came to be. */
export interface Loss extends LineLoss {
  readonly message: string;
  /** What the service asked to wait before the next attempt. */
  readonly retryAfterMs: number | null;
}

/** Who is told of a socket. After `gone` nothing more is told. */
export interface WireEars {
  opened(): void;
  said(event: unknown): void;
  /** A ping was answered. */
  alive(): void;
  gone(loss: Loss): void;
}

/** One socket of a service; it is never used again once it is gone. */
export interface Wire<Event> {
  send(event: Event): void;
  ping(): void;
  /** Bytes that are still to leave this machine. */
  buffered(): number;
  /** Nothing is told afterwards. */
  close(): void;
}

/** Where a service is and what opens it. */
export interface Service {
  /** Base address, ending in `/v1`. */
  readonly url: string;
  readonly key: string;
  /** A certificate to trust beside those of the system; PEM. */
  readonly ca: string | null;
}

export type Target = { readonly model: string } | { readonly intent: 'transcription' };

const MESSAGE_MAX = 32 << 20;
const BODY_MAX = 64 << 10;

function socketOptions({ ca }: Service): { maxPayload: number; ca?: string } {
  return { maxPayload: MESSAGE_MAX, ...(ca === null ? {} : { ca }) };
}

function clientOf({ url, key }: Service): OpenAI {
  // No organisation or project of the environment: the session is that of the key alone.
  return new OpenAI({ apiKey: key, baseURL: url, organization: null, project: null, maxRetries: 0 });
}

/** Opens a socket of the Realtime API. */
export function realtimeWire(service: Service, target: Target, ears: WireEars): Wire<RealtimeClientEvent> {
  const options = socketOptions(service);
  const line = new OpenAIRealtimeWS({ ...target, options }, clientOf(service));
  const end = watch(line.socket, ears);
  line.on('event', (event) => ears.said(event));
  // What the service says is wrong comes as an event too; what the socket suffers ends in its close.
  line.on('error', () => {});
  return wireOf(line.socket, (event) => line.send(event), end);
}

/** Opens a socket of the Live API. */
export function liveWire(service: Service, ears: WireEars): Wire<LiveClientEvent> {
  const line = new LiveWS(clientOf(service), socketOptions(service));
  const socket = line.socket.platformSocket;
  const end = watch(socket, ears);
  line.on('event', (event) => ears.said(event));
  line.on('error', () => {}); // as above
  return wireOf(socket, (event) => line.send(event), end);
}

function wireOf<Event>(socket: WebSocket, send: (event: Event) => void, close: () => void): Wire<Event> {
  const ping = () => {
    if (socket.readyState === socket.OPEN) socket.ping();
  };
  return { send, ping, buffered: () => socket.bufferedAmount, close };
}

/** Tells of a socket's life, its end exactly once. @returns what ends it silently */
function watch(socket: WebSocket, ears: WireEars): () => void {
  let isOver = false;
  const over = (loss: Loss) => {
    if (isOver) return;
    isOver = true;
    socket.terminate();
    ears.gone(loss);
  };
  socket.on('open', () => {
    if (!isOver) ears.opened();
  });
  socket.on('pong', () => {
    if (!isOver) ears.alive();
  });
  socket.on('unexpected-response', (_, response) => {
    void refusal(response).then(over); // it never rejects
  });
  socket.on('error', (error) => over({ code: null, status: null, message: error.message, retryAfterMs: null }));
  socket.on('close', (code, reason) => {
    const said = reason.toString();
    over({ code: said === '' ? null : said, status: null, message: said || `closed with ${code}`, retryAfterMs: null });
  });
  return () => {
    isOver = true;
    if (socket.readyState === socket.OPEN) socket.close(1000);
    else socket.terminate();
  };
}

const refused = z.looseObject({ error: z.looseObject({ code: z.string().nullish(), message: z.string().optional() }) });

/** What a refused handshake says. Never rejects. */
async function refusal(response: IncomingMessage): Promise<Loss> {
  const status = response.statusCode ?? 0;
  const about = { status, retryAfterMs: retryAfter(response) };
  try {
    let body = '';
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > BODY_MAX) break;
    }
    const { error } = refused.parse(JSON.parse(body));
    return { ...about, code: error.code ?? null, message: error.message ?? `HTTP ${status}` };
  } catch {
    return { ...about, code: null, message: `HTTP ${status}` };
  }
}

function retryAfter({ headers }: IncomingMessage): number | null {
  const [ms, seconds] = [Number(headers['retry-after-ms'] ?? NaN), Number(headers['retry-after'] ?? NaN)];
  if (Number.isFinite(ms)) return ms;
  return Number.isFinite(seconds) ? seconds * 1_000 : null;
}
