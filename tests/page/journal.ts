import type { Event } from '../../src/domain/event.ts';
import type { Control } from '../../src/domain/job.ts';
import {
  answered,
  assignment,
  chosen,
  committed,
  decided,
  done,
  ended,
  launched,
  looked,
  opened,
  planned,
  prepared,
  requested,
  said,
  saw,
} from '../../src/domain/journal.fixture.ts';
import type { Claim } from '../../src/ports/engine.ts';
import type { Front } from '../scenarios/gateway-front.ts';

/** A job whose journal a test writes, event by event, at times of its choice. */
export class Journal {
  readonly #front: Front;
  readonly #claim: Claim;
  #n: number;

  private constructor(front: Front, claim: Claim, n = 1) {
    this.#front = front;
    this.#claim = claim;
    this.#n = n;
  }

  /** The same job behind another gateway. */
  goOnAt(front: Front): Journal {
    return new Journal(front, this.#claim, this.#n);
  }

  static async begin(front: Front): Promise<Journal> {
    return new Journal(front, await front.heldJob());
  }

  get job(): string {
    return this.#claim.job;
  }

  /** What was asked of the job and nobody has taken in yet. */
  async controls(): Promise<readonly Control[]> {
    const over = new AbortController();
    for await (const stored of this.#front.engine.controls(this.#claim, over.signal)) {
      over.abort();
      return stored.map(({ control }) => control);
    }
    return [];
  }

  /** @param at epoch milliseconds of the first; each next one 100 ms later */
  async write(events: readonly Event[], at = Date.now()): Promise<void> {
    const entries = events.map((event, i) => {
      this.#n += 1;
      return { n: this.#n, at: at + i * 100, event };
    });
    await this.#front.engine.append(this.#claim, entries);
  }

  async end(status: 'completed' | 'failed', summary: string, at = Date.now()): Promise<void> {
    const event: Event = { type: 'job.ended', status, cause: status, summary };
    await this.#front.engine.finish(this.#claim, status, [{ n: this.#n + 1, at, event }]);
  }
}

/** A team at work: a plan of three, the first of which is done and reviewed. */
export const teamAtWork: readonly Event[] = [
  prepared('npm test'),
  chosen(),
  planned(
    assignment('a', { title: 'Write the limiter' }),
    assignment('b', { title: 'Write its tests', agent: 'codex' }),
    assignment('c', { title: 'Document it', agent: 'gemini', depends_on: ['a', 'b'] }),
  ),
  opened('a'),
  launched('a.1'),
  saw('a.1', { type: 'tool_started', call: '1', kind: 'command', name: 'Bash', title: 'npm test' }),
  saw('a.1', { type: 'tool_ended', call: '1', ok: true, exit_code: 0, output: 'ok' }),
  ended('a.1', done, 0.25),
  committed('a.1'),
  requested('review_001', 'a.1'),
  looked('review_001', 'codex'),
  ended('review_001.codex.1', said('approved')),
  answered('review_001', 'codex', 'approved'),
  answered('review_001', 'gemini', 'concerns'),
  decided('review_001', 'LOG_WARNING'),
  opened('b'),
  launched('b.1', { agent: 'codex' }),
  {
    ...saw('b.1', { type: 'tool_started', call: '2', kind: 'command', name: 'shell', title: 'cargo test' }),
    agent: 'codex',
  } as Event,
];
