import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Cursor, parseCursor, START } from '../../domain/cursor.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { type Engine, EngineFailure } from '../../ports/engine.ts';
import { eventJson } from '../../wire/event-json.ts';
import { Feeds, type WriteEvent } from './feed.ts';
import { problem, safeHeaders } from './problem.ts';

/** Streams at once, where nothing else is asked for. */
const STREAMS_MAX = 6_000;
/** A reader that takes nothing for this long is dropped; it comes back with Last-Event-ID and misses nothing. Milliseconds. */
export const STALL_MS = 30_000;
const HEARTBEAT_MS = 15_000;
/** Readers that are looked after before others have the loop. */
const AT_ONCE = 200;

/** Gives frames of server-sent events until there are no more, or the reader is gone. */
export type Source = (gone: AbortSignal) => AsyncIterable<string | Buffer>;

/** Jobs' events as server-sent events whose ids are cursors. At most one portion per reader waits in memory. */
export class EventStreams {
  readonly #feeds: Feeds;
  readonly #clock: Clock;
  readonly #open = new Map<ServerResponse, AbortController>();
  readonly #mayStay: (request: IncomingMessage) => boolean;
  readonly #max: number;
  #isBeating = false;

  /** @param mayStay whether who sent the request may still look: asked with each sign of life */
  constructor(engine: Engine, clock: Clock, mayStay: (request: IncomingMessage) => boolean, max = STREAMS_MAX) {
    this.#feeds = new Feeds(engine);
    this.#clock = clock;
    this.#mayStay = mayStay;
    this.#max = max;
  }

  /** Ends all streams; readers find the others' end missing and know that there is more. */
  close(): void {
    for (const gone of this.#open.values()) gone.abort();
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * Answers with what the source gives, in frames of server-sent events, until it has no more (then `event: end`) or the
   * reader is gone. Refuses with 503 when too many are open.
   */
  async open(reply: FastifyReply, source: Source): Promise<unknown> {
    if (this.#open.size >= this.#max) {
      const why = 'too many event streams are open: close one and try again';
      reply.header('retry-after', '5');
      return problem(reply, { status: 503, title: 'Too many readers', detail: why, code: 'too_many_streams' });
    }
    reply.hijack();
    await this.#serve(reply.raw, source);
  }

  /** The frames of a job's events after the cursor. */
  job(job: string, after: Cursor, write: WriteEvent): Source {
    return (gone) => this.#feeds.follow(job, after, write, gone);
  }

  /** Never throws. */
  async #serve(response: ServerResponse, source: Source): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    this.#open.set(response, gone);
    response.useChunkedEncodingByDefault = false; // the end of the connection is the end: no frames around frames
    response.writeHead(200, { ...safeHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('retry: 1000\n\n');
    void this.#beat();
    try {
      await this.#send(response, source, gone.signal);
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error; // the store's trouble may pass: the reader comes back
    } finally {
      this.#open.delete(response);
      gone.abort();
      response.end();
    }
  }

  async #send(response: ServerResponse, source: Source, gone: AbortSignal): Promise<void> {
    for await (const portion of source(gone)) {
      if (response.write(portion)) continue;
      if (!(await this.#drained(response, gone))) return void response.destroy();
    }
    if (!gone.aborted) response.write('event: end\ndata: {}\n\n');
  }

  /** Signs of life for all readers, as long as there are any. Whose right to look is gone hears no more. */
  async #beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    while (this.#open.size > 0) {
      await sleep(this.#clock, HEARTBEAT_MS);
      for (const [i, [response, gone]] of [...this.#open].entries()) {
        if (i % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
        if (!this.#mayStay(response.req)) gone.abort();
        else if (!response.writableNeedDrain && !gone.signal.aborted) response.write(': heartbeat\n\n');
      }
    }
    this.#isBeating = false;
  }

  /** Waits until the reader has caught up; false when it is gone or takes nothing. */
  async #drained(response: ServerResponse, gone: AbortSignal): Promise<boolean> {
    const moved = new AbortController();
    const move = () => moved.abort();
    response.on('drain', move);
    gone.addEventListener('abort', move, { once: true });
    await sleep(this.#clock, STALL_MS, moved.signal);
    response.off('drain', move);
    gone.removeEventListener('abort', move);
    return moved.signal.aborted && !gone.aborted;
  }
}

/** Answers with a job's events after where the reader wants to go on. */
export async function serveStream(
  streams: EventStreams,
  job: string,
  request: FastifyRequest,
  reply: FastifyReply,
  write: WriteEvent = eventJson,
): Promise<unknown> {
  const after = startOf(request);
  const detail = 'Last-Event-ID must be a cursor such as 1-42';
  if (after === null) return problem(reply, { status: 400, title: 'Bad request', detail, field: 'Last-Event-ID' });
  return streams.open(reply, streams.job(job, after, write));
}

/** Where the reader wants to go on: Last-Event-ID, else `?after=`, else the beginning. Null when it is no cursor. */
function startOf(request: FastifyRequest): Cursor | null {
  const given = request.headers['last-event-id'] ?? (request.query as { after?: unknown }).after;
  if (given === undefined || given === '') return START;
  return typeof given === 'string' && parseCursor(given) ? (given as Cursor) : null;
}
