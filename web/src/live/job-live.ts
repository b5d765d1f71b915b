import type { Cursor } from '../../../src/domain/cursor.ts';
import type { Event, Recorded } from '../../../src/domain/event.ts';
import type { Frame } from '../../../src/wire/sse-frames.ts';
import { JobState } from './job-state.ts';
import { follow, type Line } from './stream.ts';

/** A job as it happens, over one line to the gateway. */
export class JobLive {
  readonly job: string;
  readonly state: JobState;
  readonly #over = new AbortController();
  line: Line = 'connecting';

  constructor(job: string) {
    this.job = job;
    this.state = new JobState((after, limit) => journalPage(job, after, limit));
    void follow({
      path: `/api/v1/${encodeURIComponent(job)}/events`,
      after: () => this.state.cursor,
      take: (frames) => this.state.take(frames.flatMap(recorded)),
      line: (line) => {
        if (line === this.line) return;
        this.line = line;
        this.state.version += 1;
        this.state.redraw.ask();
      },
      signal: this.#over.signal,
    });
  }

  close(): void {
    this.#over.abort();
  }
}

/** Our own gateway has checked the events when it took them in; here they are only read. */
function recorded({ event, data }: Frame): readonly Recorded[] {
  return event === 'message' ? [readRecorded(JSON.parse(data))] : [];
}

function readRecorded({ cursor, at, ...event }: Event & { readonly cursor: Cursor; readonly at: number }): Recorded {
  return { cursor, at, event: event as Event };
}

/**
 * A part of a job's journal.
 * @throws when the gateway does not answer as hoped
 */
export async function journalPage(job: string, after: Cursor, limit: number): Promise<readonly Recorded[]> {
  const response = await fetch(`/api/v1/${encodeURIComponent(job)}/journal?after=${after}&limit=${limit}`);
  if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
  return ((await response.json()) as Parameters<typeof readRecorded>[0][]).map(readRecorded);
}
