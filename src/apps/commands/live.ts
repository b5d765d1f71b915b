import type { Recorded } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { emptySession, openQuestions, type Session } from '../../domain/session.ts';
import type { Clock } from '../../kit/clock.ts';
import { amount, cell, columns, cut, duration, visible } from '../../kit/display.ts';
import { type AgentView, agentViews } from '../../wire/job-view.ts';
import type { Progress } from './progress.ts';

const REDRAW_MS = 120;
const TICK_MS = 1_000;

/** What a live view needs of a terminal. Sizes are undefined where it tells none. */
export interface Screen {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

const cursor = { hide: '\x1b[?25l', show: '\x1b[?25h' };
/** While a frame is drawn the terminal must not wrap: a line whose width we misjudge is cut, never two lines. */
const wrap = { off: '\x1b[?7l', on: '\x1b[?7h' };
const eraseLine = '\x1b[2K';
const eraseBelow = '\x1b[J';

/** One calm line per agent, redrawn in place. For terminals. */
export class LiveProgress implements Progress {
  readonly #screen: Screen;
  readonly #colours: boolean;
  readonly #clock: Clock;
  readonly #call: string;
  readonly #showCursor = () => this.#screen.write(cursor.show);
  #session: Session = emptySession;
  #typed: string | null = null;
  #drawn = 0;
  #over = false;
  #cancelFrame: (() => void) | null = null;
  #cancelTick: () => void;

  /** @param call the beginning of a call of ours about this job, with `VERB` in place of the verb */
  constructor(screen: Screen, colours: boolean, clock: Clock, call = 'tutti VERB') {
    this.#call = call;
    this.#screen = screen;
    this.#colours = colours;
    this.#clock = clock;
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick());
    process.once('exit', this.#showCursor); // whatever ends us, the person gets the cursor back
    screen.write(cursor.hide);
  }

  take(events: readonly Recorded[]): void {
    for (const { event, at } of events) this.#session = evolve(this.#session, event, at);
    this.#soon();
  }

  recall(events: readonly Recorded[]): void {
    this.take(events);
  }

  typing(line: string | null): void {
    this.#typed = line;
    this.#soon();
  }

  /** Words for people appear above the agents' lines and stay. */
  note(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '');
    this.#screen.write(`${this.#toTop()}${eraseBelow}${lines.map((line) => `${visible(line)}\n`).join('')}`);
    this.#drawn = 0;
    this.#draw(this.#rows());
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTick();
    this.#cancelFrame?.();
    this.#draw(Number.POSITIVE_INFINITY); // nothing is drawn over any more, so it may scroll
    process.off('exit', this.#showCursor);
    this.#showCursor();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
    this.#soon();
  }

  #soon(): void {
    this.#cancelFrame ??= this.#clock.after(REDRAW_MS, () => {
      this.#cancelFrame = null;
      this.#draw(this.#rows());
    });
  }

  /** Lines that can be drawn over: those that scrolled off the top cannot, and the last row holds the cursor. */
  #rows(): number {
    return Math.max(1, (this.#screen.rows || 24) - 1);
  }

  #toTop(): string {
    return this.#drawn > 0 ? `\r\x1b[${this.#drawn}A` : '\r';
  }

  #draw(rows: number): void {
    const width = Math.max(1, (this.#screen.columns || 80) - 1);
    const now = this.#clock.now();
    const foot = this.#over ? [] : footOf(this.#session, this.#call, this.#typed, width);
    const kept = foot.slice(-Math.max(1, rows - 1)); // the last says what can be done
    const agents = frame(agentViews(this.#session, now), now, width, rows - kept.length, this.#colours);
    const lines = rows > kept.length ? [...agents, ...kept] : kept;
    const body = lines.map((line) => `${eraseLine}${line}\n`).join('');
    this.#screen.write(`${wrap.off}${this.#toTop()}${body}${eraseBelow}${wrap.on}`);
    this.#drawn = lines.length;
  }
}

const looks: Readonly<Record<AgentView['state'], { readonly mark: string; readonly colour: number }>> = {
  waiting: { mark: '·', colour: 2 },
  working: { mark: '●', colour: 36 },
  reviewing: { mark: '●', colour: 35 },
  planning: { mark: '●', colour: 34 },
  paused: { mark: '‖', colour: 33 },
  skipped: { mark: '–', colour: 2 },
  done: { mark: '✓', colour: 32 },
  failed: { mark: '✗', colour: 31 },
  stopped: { mark: '■', colour: 33 },
};

/** What the job waits for its person for, and what they can do about it, within the width. */
function footOf(session: Session, call: string, typed: string | null, width: number): readonly string[] {
  const how = (verb: string) => call.replace('VERB', verb);
  const line = (text: string) => cut(visible(text), width);
  const open = openQuestions(session);
  const [first] = open;
  if (!first) return session.paused ? [line(`‖ paused by ${session.paused.by}; go on: ${how('resume')}`)] : [];
  const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
  const ask = line(`? ${first.id}${first.agent ? ` (${first.agent})` : ''}${more}: ${first.text}`);
  if (typed === null) return [ask, line(`  answer it: ${how('answer')} ${first.options[0]?.id ?? '"…"'}`)];
  const choice = first.options.map(({ id }, i) => `${i + 1} ${id}`).join('  ');
  return [ask, ...(choice ? [line(`  ${choice}`)] : []), prompt(visible(typed), width)];
}

/** The line that is being typed; of a long one its end is shown. */
function prompt(typed: string, width: number): string {
  const before = cut('  your answer > ', Math.floor(width / 2));
  let shown = [...typed];
  while (shown.length > 0 && columns(before) + columns(shown.join('')) + 1 > width) shown = shown.slice(1);
  return `${before}${shown.join('')}▏`;
}

/** The agents' lines within so many columns and rows; with too few rows those at work come first. */
export function frame(
  agents: readonly AgentView[],
  now: number,
  width: number,
  rows: number,
  colours: boolean,
): readonly string[] {
  if (agents.length === 0) return [cut('  preparing …', width)];
  const shown = agents.length <= rows ? agents : mostTelling(agents, rows - 1);
  const lines = shown.map((agent) => agentLine(agent, agents, now, width, colours));
  const hidden = agents.length - shown.length;
  return hidden > 0 ? [...lines, cut(`  … and ${hidden} more`, width)] : lines;
}

function mostTelling(agents: readonly AgentView[], count: number): readonly AgentView[] {
  const order: readonly AgentView['state'][] = [
    'working',
    'paused',
    'reviewing',
    'planning',
    'failed',
    'stopped',
    'waiting',
    'skipped',
    'done',
  ];
  const chosen = new Set(agents.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).slice(0, count));
  return agents.filter((agent) => chosen.has(agent));
}

const NARROW = 48;
const MEDIUM = 76;
const MAX_NAME = 14;

function agentLine(view: AgentView, all: readonly AgentView[], now: number, width: number, colours: boolean): string {
  const { mark, colour } = looks[view.state];
  const columnOf = (name: (agent: AgentView) => string) =>
    cell(visible(name(view)), Math.min(MAX_NAME, Math.max(...all.map((agent) => name(agent).length))));
  const left = [columnOf((agent) => agent.agent)];
  if (width >= NARROW) left.push(columnOf((agent) => agent.assignment));
  left.push(view.state.padEnd(9));
  const right = [timeOf(view, now)];
  if (width >= MEDIUM) right.unshift(tokensOf(view).padStart(9), costOf(view).padStart(7));
  const before = left.join(' ');
  const after = right.join(' ');
  const room = width - 2 - columns(before) - 1 - after.length - 1;
  if (room < 1) return cut(`${mark} ${before} ${after.trim()}`, width);
  return `${colours ? `\x1b[${colour}m${mark}\x1b[0m` : mark} ${before} ${cell(visible(view.doing), room)} ${after}`;
}

function tokensOf({ input_tokens, output_tokens }: AgentView): string {
  if (input_tokens === null && output_tokens === null) return '';
  return `${amount((input_tokens ?? 0) + (output_tokens ?? 0))} tok`;
}

function costOf({ cost_usd }: AgentView): string {
  return cost_usd === null ? '' : `$${cost_usd.toFixed(2)}`;
}

function timeOf({ started_at, ended_at }: AgentView, now: number): string {
  return (started_at === null ? '' : duration((ended_at ?? now) - started_at)).padStart(6);
}
