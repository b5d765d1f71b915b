import { sleep } from '../../../src/kit/clock.ts';
import { type Frame, Frames } from '../../../src/wire/sse-frames.ts';
import { browserClock } from './clock.ts';

/** How the line to the gateway stands. */
export type Line = 'connecting' | 'live' | 'away' | 'refused' | 'over';

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
    const outcome = await readOnce(path, after(), signal, (frames) => {
      pause = FIRST_PAUSE_MS;
      line('live');
      if (frames.length > 0) take(frames);
    });
    if (signal.aborted) return;
    if (outcome !== 'broken') return line(outcome);
    line('away');
    await sleep(browserClock, pause * (0.5 + Math.random() / 2), signal);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

type Take = (frames: readonly Frame[]) => void;

async function readOnce(path: string, after: string | null, signal: AbortSignal, take: Take) {
  const dead = new AbortController();
  let cancel = browserClock.after(SILENCE_MS, () => dead.abort());
  try {
    const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
    const response = await fetch(path, { headers, signal: AbortSignal.any([signal, dead.signal]) });
    if (response.status >= 400 && response.status < 500 && response.status !== 429) return 'refused';
    if (!response.ok || !response.body) return 'broken';
    take([]);
    const frames = new Frames();
    const text = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'broken';
      cancel();
      cancel = browserClock.after(SILENCE_MS, () => dead.abort());
      const all = [...frames.take(text.decode(value, { stream: true }))];
      const end = all.findIndex(({ event }) => event === 'end');
      take(end === -1 ? all : all.slice(0, end));
      if (end !== -1) return 'over';
    }
  } catch {
    return 'broken';
  } finally {
    cancel();
    dead.abort();
  }
}
