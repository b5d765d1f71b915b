import type { Event, Recorded } from '../../domain/event.ts';
import { visible } from '../../kit/display.ts';

/** Shows a job while it runs. `take` gets its events in order; `end` leaves the last state on the screen. */
export interface Progress {
  take(events: readonly Recorded[]): void;
  end(): void;
  /** Words for people while it shows; absent where they may simply be written to stderr. */
  note?(text: string): void;
}

/** Plain lines, one for each thing worth knowing. For pipes and logs. */
export class PlainProgress implements Progress {
  readonly #out: NodeJS.WritableStream;
  readonly #verbose: boolean;

  constructor(out: NodeJS.WritableStream, verbose: boolean) {
    this.#out = out;
    this.#verbose = verbose;
  }

  take(events: readonly Recorded[]): void {
    for (const { event, at } of events) {
      const text = describe(event, this.#verbose);
      if (text) this.#out.write(`${new Date(at).toISOString().slice(11, 19)} ${visible(text)}\n`);
    }
  }

  end(): void {}
}

/** Events as JSON lines. For programs. */
export class JsonProgress implements Progress {
  readonly #write: (recorded: Recorded) => void;

  constructor(write: (recorded: Recorded) => void) {
    this.#write = write;
  }

  take(events: readonly Recorded[]): void {
    for (const recorded of events) this.#write(recorded);
  }

  end(): void {}
}

/** One line for people, or null for events that only matter in detail. */
export function describe(event: Event, verbose: boolean): string | null {
  switch (event.type) {
    case 'plan.made':
      return `plan (${event.planner}): ${event.assignments.map((a) => `${a.agent} → ${a.id}`).join(', ')}`;
    case 'attempt.started':
      return event.attempt > 1 ? `attempt ${event.attempt} goes on where the last one stopped` : null;
    case 'run.launching':
      return `${event.agent} ${event.mode === 'review' ? 'reviews' : 'begins'} ${event.assignment}${event.resume ? ' again' : ''}`;
    case 'run.ended':
      return `${event.run} ${event.outcome.kind}${event.outcome.kind === 'completed' ? '' : `: ${event.outcome.message}`}`;
    case 'agent':
      return describeSeen(event, verbose);
    case 'work.committed':
      return `${event.assignment}: ${event.change.files} file(s) changed, +${event.change.insertions} −${event.change.deletions}`;
    case 'review.answered':
      return `${event.reviewer} on ${event.review}: ${event.verdict ?? 'no verdict'}: ${event.summary}`;
    case 'decision.made':
      return `decision on ${event.review}: ${event.action} (${event.reason})`;
    case 'work.integrated':
      return `integrated into ${event.branch}: ${event.change.files} file(s), +${event.change.insertions} −${event.change.deletions}`;
    case 'verify.ended':
      return `check "${event.command}" ${event.ok ? 'passed' : `failed:\n${event.output}`}`;
    case 'step.failed':
      return `${event.step} failed: ${event.message}`;
    case 'job.ended':
      return `job ${event.status}`;
    default:
      return null;
  }
}

function describeSeen({ agent, seen }: Extract<Event, { type: 'agent' }>, verbose: boolean): string | null {
  if (seen.type === 'reported') return `${agent}: ${seen.kind}: ${seen.text}`;
  if (seen.type === 'retrying') return `${agent}: trying again: ${seen.why}`;
  if (seen.type === 'permission' && seen.verdict === 'deny') return `${agent}: refused: ${seen.what} (${seen.reason})`;
  if (seen.type === 'notice' && seen.level === 'warning') return `${agent}: ${seen.text}`;
  if (!verbose) return null;
  if (seen.type === 'message') return `${agent}: ${seen.text}`;
  return seen.type === 'tool_started' ? `${agent}: ${seen.title}` : null;
}
