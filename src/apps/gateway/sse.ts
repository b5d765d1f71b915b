import type { ServerResponse } from 'node:http';
import type { Cursor } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import type { Engine } from '../../ports/engine.ts';
import { eventJson } from '../../wire/job-view.ts';

/** A reader that leaves this much unread is dropped; it comes back with Last-Event-ID and misses nothing. Bytes. */
const MAX_UNREAD = 1 << 20;
const HEARTBEAT_MS = 15_000;

/** Streams a job's events after the cursor as server-sent events whose ids are cursors; ends with the job. */
export async function streamEvents(
  engine: Engine,
  job: string,
  after: Cursor,
  response: ServerResponse,
  shutdown: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  response.on('close', end);
  shutdown.addEventListener('abort', end, { once: true });
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
  try {
    for await (const batch of engine.read(job, after, over.signal)) {
      if (!response.write(batch.map(frame).join('')) && !(await drained(response, over.signal))) return;
    }
    if (!over.signal.aborted) response.write('event: end\ndata: {}\n\n');
  } finally {
    clearInterval(heartbeat);
    shutdown.removeEventListener('abort', end);
    response.end();
  }
}

function frame(recorded: Recorded): string {
  return `id: ${recorded.cursor}\ndata: ${eventJson(recorded)}\n\n`;
}

/** Waits until the reader has caught up; false when it is too far behind or gone. */
async function drained(response: ServerResponse, signal: AbortSignal): Promise<boolean> {
  if (response.writableLength > MAX_UNREAD) return false;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
  return !signal.aborted;
}
