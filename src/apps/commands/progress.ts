import type { Event, Recorded } from '../../domain/event.ts';
import { emptySession, evolve, type Session } from '../../domain/session.ts';
import { amount, duration, fit, visible } from '../../kit/display.ts';
import { type AgentView, agentViews } from '../../wire/job-view.ts';

/** Shows a job while it runs. `take` gets its events in order; `end` leaves the last state on the screen. */
export interface Progress {
  take(events: readonly Recorded[]): void;
  end(): void;
}

const REDRAW_MS = 120;

/** One calm line per agent, redrawn in place. For terminals. */
export class LiveProgress implements Progress {
  readonly #out: NodeJS.WriteStream;
  #session: Session = emptySession;
  #drawn = 0;
  #timer: NodeJS.Timeout | null = null;
  #tick: NodeJS.Timeout;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#tick = setInterval(() => this.#soon(), 1_000);
    out.write('\x1b[?25l');
  }

  take(events: readonly Recorded[]): void {
    for (const { event, at } of events) this.#session = evolve(this.#session, event, at);
    this.#soon();
  }

  end(): void {
    clearInterval(this.#tick);
    if (this.#timer) clearTimeout(this.#timer);
    this.#draw();
    this.#out.write('\x1b[?25h');
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#draw();
    }, REDRAW_MS);
  }

  #draw(): void {
    const width = (this.#out.columns ?? 80) - 1;
    const now = Date.now();
    const lines = agentViews(this.#session).map((agent) => agentLine(agent, now, width));
    if (lines.length === 0) lines.push(fit('  preparing …', width));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    this.#out.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}

const marks: Readonly<Record<AgentView['state'], string>> = {
  waiting: '\x1b[2m·\x1b[0m',
  working: '\x1b[36m●\x1b[0m',
  reviewing: '\x1b[35m●\x1b[0m',
  done: '\x1b[32m✓\x1b[0m',
  failed: '\x1b[31m✗\x1b[0m',
  stopped: '\x1b[33m■\x1b[0m',
};

function agentLine(view: AgentView, now: number, width: number): string {
  const tokens = view.input_tokens === null && view.output_tokens === null ? '' : `${amount((view.input_tokens ?? 0) + (view.output_tokens ?? 0))} tok`;
  const cost = view.cost_usd === null ? '' : `$${view.cost_usd.toFixed(2)}`;
  const time = view.started_at === null ? '' : duration((view.ended_at ?? now) - view.started_at);
  const right = `${tokens.padStart(10)} ${cost.padStart(7)} ${time.padStart(7)}`;
  const left = `${view.agent.padEnd(8)} ${view.assignment.padEnd(11)} ${view.state.padEnd(9)} `;
  const room = width - 2 - left.length - right.length - 1;
  return `${marks[view.state]} ${left}${fit(visible(view.doing), room).padEnd(Math.max(0, room))} ${right}`;
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
