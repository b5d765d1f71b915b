// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminals obey control characters
import { afterEach, expect, test } from 'vitest';
import { cursor } from '../../domain/cursor.ts';
import type { Event, Recorded } from '../../domain/event.ts';
import { noChanges } from '../../domain/recovery/launch-changes.ts';
import { ManualClock } from '../../kit/clock.ts';
import { columns } from '../../kit/display.ts';
import { type Head, LiveView } from './live.ts';

/** A terminal that obeys what the live view uses, and keeps what a person would see. */
class FakeScreen {
  readonly columns: number;
  readonly rows: number;
  readonly lines: string[] = [''];
  raw = '';
  wraps = true;
  #at = 0;

  constructor(width: number, height: number) {
    this.columns = width;
    this.rows = height;
  }

  write(text: string): void {
    this.raw += text;
    for (const [part] of text.matchAll(/\x1b\[[?\d;]*[a-zA-Z]|\r|\n|[^\x1b\r\n]+/g)) this.#obey(part);
  }

  #obey(part: string): void {
    const up = /^\x1b\[(\d+)A$/.exec(part);
    if (part === '\n') this.#at += 1;
    else if (part === '\x1b[2K') this.lines[this.#at] = '';
    else if (part === '\x1b[J') this.lines.splice(this.#at, Number.POSITIVE_INFINITY);
    else if (part === '\x1b[?7l') this.wraps = false;
    else if (part === '\x1b[?7h') this.wraps = true;
    else if (up) this.#up(Number(up[1]));
    else if (!part.startsWith('\x1b') && part !== '\r') this.lines[this.#at] = (this.lines[this.#at] ?? '') + part;
    this.lines[this.#at] ??= '';
  }

  #up(count: number): void {
    expect(count, 'goes no higher than what is on the screen').toBeLessThan(this.rows);
    this.#at -= count;
  }

  get shown(): readonly string[] {
    return this.lines.slice(0, -1);
  }
}

const clock = new ManualClock();
const alone: Head = { title: null, call: 'tutti VERB' };
const open: LiveView['jobs'][number][] = [];
afterEach(() => {
  for (const view of open.splice(0)) view.end();
});

function liveOf(heads: readonly Head[], width: number, height: number, colours = false) {
  const screen = new FakeScreen(width, height);
  const { jobs } = new LiveView(screen, colours, clock, heads);
  open.push(...jobs);
  return { screen, jobs };
}

function live(width: number, height: number, colours = false) {
  const { screen, jobs } = liveOf([alone], width, height, colours);
  const [view] = jobs;
  if (!view) throw new Error('no job is shown');
  return { screen, view };
}

let n = 0;
function recorded(event: Event): Recorded {
  n += 1;
  return { cursor: cursor(1, n), at: clock.now(), event };
}

function planOf(agents: readonly string[]): Recorded {
  const assignments = agents.map((agent) => ({
    id: agent,
    agent,
    role: 'implementer',
    title: agent,
    responsibilities: [],
    deliverables: [],
    depends_on: [],
    files: [],
    reviewed: false,
  }));
  return recorded({ type: 'plan.made', planner: 'test', why: '', assignments, warnings: [] });
}

function launched(agent: string): Recorded {
  const run = `${agent}.1`;
  const first = { review: null, resume: null, messages: [], changes: noChanges };
  return recorded({ type: 'run.launching', run, agent, mode: 'work', assignment: agent, ...first });
}

function says(agent: string, text: string): Recorded {
  const seen = { type: 'reported' as const, kind: 'progress' as const, text, progress: null, file: null, data: null };
  return recorded({ type: 'agent', agent, run: `${agent}.1`, seen });
}

const rude = '\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[99A\u202e漢字漢字 👩‍👩‍👧 z\u0301\u0301 line\nbreak\r\tend '.repeat(20);

test.each([20, 40, 80, 200])('at width %i each agent has one line, whatever it says', (width) => {
  const { screen, view } = live(width, 24);
  view.take([planOf(['one', 'two']), launched('one'), launched('two'), says('one', rude), says('two', 'calm')]);
  clock.advance(200);
  expect(screen.shown).toHaveLength(2);
  for (const line of screen.shown) expect(columns(line)).toBeLessThan(width);
  expect(screen.shown[0]).toContain('one');
  if (width >= 40) expect(screen.shown[1]).toContain('calm');
  // Only what the view itself needs of the terminal is sent to it.
  const sequences = new Set(screen.raw.match(/\x1b.[?\d;]*[a-zA-Z]?/g));
  for (const one of sequences) expect(one).toMatch(/^\x1b\[(\?25[lh]|\?7[lh]|2K|J|\d+A)$/);
});

test('lines are drawn over in place, and time goes on without events', () => {
  const { screen, view } = live(80, 24);
  view.take([planOf(['one']), launched('one'), says('one', 'first')]);
  clock.advance(200);
  expect(screen.shown[0]).toContain('first');
  view.take([says('one', 'second')]);
  clock.advance(5_000);
  expect(screen.shown).toHaveLength(1);
  expect(screen.shown[0]).toMatch(/● one +one +working +second +0:05$/);
});

test('with more agents than rows those at work are shown and the others counted; the end shows all', () => {
  const { screen, view } = live(80, 8);
  const agents = Array.from({ length: 20 }, (_, i) => `a${i}`);
  view.take([planOf(agents), launched('a17'), launched('a19')]);
  clock.advance(200);
  clock.advance(2_000);
  expect(screen.shown).toHaveLength(7);
  expect(screen.shown.join('\n')).toMatch(/a17[\s\S]*a19[\s\S]*… and 14 more/);
  view.end();
  expect(screen.shown).toHaveLength(20);
});

test('words for people stand above the lines and stay', () => {
  const { screen, view } = live(80, 24);
  view.take([planOf(['one'])]);
  clock.advance(200);
  view.note('stopping …\n');
  clock.advance(2_000);
  expect(screen.shown).toEqual(['stopping …', expect.stringContaining('one')]);
});

function asks(question: string, text: string, options: readonly string[] = []): Recorded {
  const about = { kind: 'blocker' as const, assignment: 'one', agent: 'one', run: 'one.1', review: null };
  const given = { options: options.map((id) => ({ id, label: id })), expires_at: null };
  return recorded({ type: 'question.asked', question, text, ...about, ...given });
}

test('what waits for the person stands below the agents, with the way to answer it', () => {
  const { screen, view } = live(80, 24);
  view.take([planOf(['one']), launched('one'), asks('q1', 'Red\x1b[2J or blue?', ['red', 'blue'])]);
  clock.advance(200);
  expect(screen.shown.slice(1)).toEqual(['? q1 (one): Red\\x1b[2J or blue?', '  answer it: tutti answer red']);
  view.take([asks('q2', 'Why?')]);
  clock.advance(200);
  expect(screen.shown[1]).toContain('? q1 (one) and 1 more: Red');
  view.take(['q1', 'q2'].map((question) => recorded({ type: 'question.answered', question, answer: 'x', by: 'me' })));
  clock.advance(200);
  expect(screen.shown).toHaveLength(1);
});

test('an answer that is being typed is shown with the choice; of a long one its end', () => {
  const { screen, view } = live(40, 24);
  view.take([planOf(['one']), launched('one'), asks('q1', 'Red or blue?', ['red', 'blue'])]);
  view.typing('');
  clock.advance(200);
  expect(screen.shown.slice(2)).toEqual(['  1 red  2 blue', '  your answer > ▏']);
  view.typing(`${'漢字'.repeat(40)} the end`);
  clock.advance(200);
  expect(screen.shown[3]).toMatch(/^ {2}your answer > .*字 the end▏$/);
  expect(columns(screen.shown[3] ?? '')).toBeLessThan(40);
  view.typing(null);
  clock.advance(200);
  expect(screen.shown[2]).toContain('answer it:');
});

test.each([2, 3, 4])('on a screen of %i rows the way to answer is what stays', (rows) => {
  const { screen, view } = live(80, rows);
  view.take([planOf(['one', 'two']), launched('one'), asks('q1', 'Red or blue?', ['red', 'blue'])]);
  view.typing('bl');
  clock.advance(200);
  clock.advance(2_000);
  expect(screen.shown.length).toBeLessThan(rows);
  expect(screen.shown.at(-1)).toBe('  your answer > bl▏');
});

test('a paused job says how to go on', () => {
  const { screen, view } = live(80, 24);
  const control = { verb: 'pause' as const, by: 'cli:pat', agent: null, park: false };
  view.take([planOf(['one']), recorded({ type: 'control.received', id: 'c1', control })]);
  clock.advance(200);
  expect(screen.shown.at(-1)).toBe('‖ paused by cli:pat; go on: tutti resume');
});

test('what was shown in an earlier life is known, so that the lines are whole', () => {
  const { screen, view } = live(80, 24);
  view.recall([planOf(['one']), launched('one')]);
  view.take([says('one', 'still here')]);
  clock.advance(200);
  expect(screen.shown[0]).toMatch(/one +one +working +still here/);
});

test('the cursor is given back and lines wrap again at the end, and when the process ends before', () => {
  const listeners = process.listeners('exit').length;
  const { screen, view } = live(80, 24);
  expect(screen.raw).toBe('\x1b[?25l');
  process.listeners('exit').at(-1)?.(130);
  expect(screen.raw).toBe('\x1b[?25l\x1b[?25h');
  view.end();
  view.end();
  expect(screen.raw.endsWith('\x1b[?25h')).toBe(true);
  expect(screen.wraps).toBe(true);
  expect(process.listeners('exit')).toHaveLength(listeners);
});

test('colours are only there when they are asked for', () => {
  const plain = live(80, 24);
  const coloured = live(80, 24, true);
  for (const { view } of [plain, coloured]) view.take([planOf(['one']), launched('one')]);
  clock.advance(200);
  expect(plain.screen.raw).not.toMatch(/\x1b\[\d+m/);
  expect(coloured.screen.raw).toContain('\x1b[36m●\x1b[0m one');
});

test('several jobs stand below headings of their own, share few rows, and each question says whose it is', () => {
  const heads = ['coding', 'browser'].map((name) => ({
    title: { name, about: `the\n${name} part` },
    call: `tutti VERB ${name}`,
  }));
  const { screen, jobs } = liveOf(heads, 80, 24);
  const [coding, browser] = jobs;
  coding?.take([planOf(['one', 'two', 'three']), launched('one')]);
  browser?.take([planOf(['eye']), launched('eye'), asks('q1', 'May I?', ['yes'])]);
  clock.advance(200);
  expect(screen.shown.map((line) => line.replace(/ {2,}.*/, ''))).toEqual([
    'coding: the coding part',
    expect.stringContaining('● one'),
    expect.stringContaining('· two'),
    expect.stringContaining('· three'),
    'browser: the browser part',
    expect.stringContaining('● eye'),
    '? browser: q1 (one): May I?',
    '',
  ]);
  expect(screen.shown.at(-1)).toContain('tutti answer browser yes');
  coding?.end();
  browser?.note('a word\n');
  expect(screen.shown).toContain('a word');
  const small = liveOf(heads, 80, 5);
  small.jobs[0]?.take([planOf(['one', 'two', 'three']), launched('one')]);
  small.jobs[1]?.take([planOf(['eye'])]);
  clock.advance(200);
  expect(small.screen.shown).toHaveLength(4);
  expect(small.screen.shown[2]).toBe('browser: the browser part');
});
