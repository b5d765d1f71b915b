import { sleep } from '../../../src/kit/clock.ts';
import { type Frame, Frames } from '../../../src/wire/sse-frames.ts';
import { browserClock, hearTime } from './clock.ts';

/** How the line to the gateway stands. */
export type Line = 'connecting' | 'live' | 'away' | 'refused' | 'missing' | 'over';

export interface Follow {
  readonly path: string;
  /** Where to go on; null from the beginning. */
  readonly after: () => string | null;
  readonly take: (frames: readonly Frame[]) => void;
  readonly line: (line: Line) => void;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 10_000;
/** The gateway shows a sign of life each 15 s; a line that is silent for longer is dead, as after a sleep. */
const SILENCE_MS = 40_000;

/**
 * Follows server-sent events until the gateway says that there are no more, or the signal aborts. A line that breaks, or
 * falls silent, is taken up again after the last event. Frames are handed over as they come together.
 */
export async function follow({ path, after, take, line, signal }: Follow): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    line('connecting');
    let outcome: Line = 'away';
    for await (const read of readOnce(path, after(), signal)) {
      if (typeof read === 'string') outcome = read;
      else {
        pause = FIRST_PAUSE_MS;
        line('live');
        if (read.length > 0) take(read);
      }
    }
    if (signal.aborted) return;
    line(outcome);
    if (outcome !== 'away') return;
    await sleep(browserClock, pause * (0.5 + Math.random() / 2), signal);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

/** The frames of one connection as they come, and how it ended. Never throws: what throws in between is the reader's own. */
async function* readOnce(
  path: string,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<readonly Frame[] | Line, void, void> {
  const dead = new AbortController();
  let cancel = browserClock.after(SILENCE_MS, () => dead.abort());
  try {
    const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
    const response = await fetch(path, { headers, signal: AbortSignal.any([signal, dead.signal]) }).catch(() => null);
    const isRefused = response !== null && response.status >= 400 && response.status < 500 && response.status !== 429;
    if (isRefused) yield response.status === 404 ? 'missing' : 'refused';
    if (response) hearTime(response);
    const reader = response?.ok ? response.body?.getReader() : undefined;
    if (!reader) return;
    yield [];
    const frames = new Frames();
    const text = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined }));
      if (done) return;
      cancel();
      cancel = browserClock.after(SILENCE_MS, () => dead.abort());
      const all = [...frames.take(text.decode(value, { stream: true }))];
      const end = all.findIndex(({ event }) => event === 'end');
      yield end === -1 ? all : all.slice(0, end);
      if (end !== -1) return yield 'over';
    }
  } finally {
    cancel();
    dead.abort();
  }
}
