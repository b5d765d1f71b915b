import type { ServerResponse } from 'node:http';
import type { Cursor } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { type Engine, EngineFailure } from '../../ports/engine.ts';
import { eventJson } from '../../wire/job-view.ts';
import { safeHeaders } from './problem.ts';

/** Streams at once. */
const STREAMS_MAX = 500;
/** Events are handed to a reader in portions of about this many characters; the journal keeps the rest. */
const PORTION = 64 * 1024;
/** A reader that takes nothing for this long is dropped; it comes back with Last-Event-ID and misses nothing. Milliseconds. */
export const STALL_MS = 30_000;
const HEARTBEAT_MS = 15_000;

/** Jobs' events as server-sent events whose ids are cursors. At most one portion per reader waits in memory. */
export class EventStreams {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #open = 0;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  get full(): boolean {
    return this.#open >= STREAMS_MAX;
  }

  /** Ends all streams; readers find the others' end missing and know that there is more. */
  close(): void {
    this.#over.abort();
  }

  /** Serves the events after the cursor until the job has ended (then `event: end`) or the reader is gone. Never throws. */
  async serve(job: string, after: Cursor, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    const end = () => gone.abort();
    response.on('close', end);
    this.#over.signal.addEventListener('abort', end, { once: true });
    this.#open++;
    response.writeHead(200, { ...safeHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('retry: 1000\n\n');
    void this.#beat(response, gone.signal);
    try {
      await this.#send(job, after, response, gone.signal);
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error; // the store's trouble may pass: the reader comes back
    } finally {
      this.#open--;
      this.#over.signal.removeEventListener('abort', end);
      response.off('close', end);
      end();
      response.end();
    }
  }

  async #send(job: string, after: Cursor, response: ServerResponse, gone: AbortSignal): Promise<void> {
    for await (const batch of this.#engine.read(job, after, gone)) {
      for (const portion of portions(batch)) {
        if (response.write(portion)) continue;
        if (!(await this.#drained(response, gone))) return void response.destroy();
      }
    }
    if (!gone.aborted) response.write('event: end\ndata: {}\n\n');
  }

  async #beat(response: ServerResponse, gone: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#clock, HEARTBEAT_MS, gone);
      if (gone.aborted) return;
      if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
    }
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

function* portions(batch: readonly Recorded[]): Generator<string, void, void> {
  let text = '';
  for (const recorded of batch) {
    text += `id: ${recorded.cursor}\ndata: ${eventJson(recorded)}\n\n`;
    if (text.length < PORTION) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
