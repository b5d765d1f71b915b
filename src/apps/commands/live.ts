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

/** What tells a job in the view, where there are several, and how it is spoken to. */
export interface Head {
  /** Name and task of the job where several are shown; null for a job alone. */
  readonly title: { readonly name: string; readonly about: string } | null;
  /** The beginning of a call of ours about this job, with `VERB` in place of the verb. */
  readonly call: string;
}

/** The screen while jobs run: one calm line per agent, redrawn in place. For terminals. It ends with its last job. */
export class LiveView {
  readonly #screen: Screen;
  readonly #colours: boolean;
  readonly #clock: Clock;
  readonly #showCursor = () => this.#screen.write(cursor.show);
  readonly #jobs: readonly LiveProgress[];
  #drawn = 0;
  #over = false;
  #cancelFrame: (() => void) | null = null;
  #cancelTick: () => void;

  constructor(screen: Screen, colours: boolean, clock: Clock, heads: readonly Head[]) {
    this.#screen = screen;
    this.#colours = colours;
    this.#clock = clock;
    this.#jobs = heads.map((head) => new LiveProgress(this, head));
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick());
    process.once('exit', this.#showCursor); // whatever ends us, the person gets the cursor back
    screen.write(cursor.hide);
  }

  /** The jobs in the order of their heads. */
  get jobs(): readonly LiveProgress[] {
    return this.#jobs;
  }

  /** Words for people appear above the agents' lines and stay. */
  note(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '');
    this.#screen.write(`${this.#toTop()}${eraseBelow}${lines.map((line) => `${visible(line)}\n`).join('')}`);
    this.#drawn = 0;
    this.#draw(this.#rows());
  }

  /** Something has changed: it is drawn, though not at once. */
  soon(): void {
    this.#cancelFrame ??= this.#clock.after(REDRAW_MS, () => {
      this.#cancelFrame = null;
      this.#draw(this.#rows());
    });
  }

  /** One of the jobs shows nothing more. */
  left(): void {
    if (this.#over || this.#jobs.some((job) => !job.over)) return;
    this.#over = true;
    this.#cancelTick();
    this.#cancelFrame?.();
    this.#draw(Number.POSITIVE_INFINITY); // nothing is drawn over any more, so it may scroll
    process.off('exit', this.#showCursor);
    this.#showCursor();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
    this.soon();
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
    const foot = this.#jobs.toSorted((a, b) => Number(a.isTyped) - Number(b.isTyped)).flatMap((job) => job.foot(width));
    const kept = foot.slice(-Math.max(1, rows - 1)); // the last says what can be done
    const lines = rows > kept.length ? [...this.#agents(width, rows - kept.length), ...kept] : kept;
    const body = lines.map((line) => `${eraseLine}${line}\n`).join('');
    this.#screen.write(`${wrap.off}${this.#toTop()}${body}${eraseBelow}${wrap.on}`);
    this.#drawn = lines.length;
  }

  /** The agents of all jobs; with too few rows each job gets its share, and leaves what it does not need. */
  #agents(width: number, rows: number): readonly string[] {
    const now = this.#clock.now();
    const lines: string[] = [];
    for (const [i, job] of this.#jobs.entries()) {
      const share = Math.floor((rows - lines.length) / (this.#jobs.length - i));
      lines.push(...job.lines(now, width, share, this.#colours));
    }
    return lines;
  }
}

/** One job in the live view. */
class LiveProgress implements Progress {
  readonly #view: LiveView;
  readonly #head: Head;
  #session: Session = emptySession;
  #typed: string | null = null;
  #over = false;

  constructor(view: LiveView, head: Head) {
    this.#view = view;
    this.#head = head;
  }

  get over(): boolean {
    return this.#over;
  }

  get isTyped(): boolean {
    return this.#typed !== null;
  }

  take(events: readonly Recorded[]): void {
    for (const { event, at } of events) this.#session = evolve(this.#session, event, at);
    this.#view.soon();
  }

  recall(events: readonly Recorded[]): void {
    this.take(events);
  }

  typing(line: string | null): void {
    this.#typed = line;
    this.#view.soon();
  }

  note(text: string): void {
    this.#view.note(text);
  }

  end(): void {
    this.#over = true;
    this.#typed = null;
    this.#view.soon();
    this.#view.left();
  }

  /** What the person can do about it, within the width. */
  foot(width: number): readonly string[] {
    return this.#over ? [] : footOf(this.#session, this.#head, this.#typed, width);
  }

  /** Its agents within so many columns and rows, below its title. */
  lines(now: number, width: number, rows: number, colours: boolean): readonly string[] {
    const agents = (most: number) => frame(agentViews(this.#session, now), now, width, most, colours);
    const { title } = this.#head;
    if (title === null) return agents(rows);
    const status = this.#session.ended ? ` (${this.#session.ended.status})` : '';
    const head = cut(visible(`${title.name}${status}: ${title.about.replace(/\s+/g, ' ')}`), width);
    return [head, ...(rows > 1 ? agents(rows - 1) : [])].slice(0, Math.max(0, rows));
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
function footOf(session: Session, { title, call }: Head, typed: string | null, width: number): readonly string[] {
  const whose = title === null ? '' : `${title.name}: `;
  const how = (verb: string) => call.replace('VERB', verb);
  const line = (text: string) => cut(visible(text), width);
  const open = openQuestions(session);
  const [first] = open;
  if (!first) return session.paused ? [line(`‖ ${whose}paused by ${session.paused.by}; go on: ${how('resume')}`)] : [];
  const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
  const ask = line(`? ${whose}${first.id}${first.agent ? ` (${first.agent})` : ''}${more}: ${first.text}`);
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
