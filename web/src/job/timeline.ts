import type { Session } from '../../../src/domain/session.ts';
import type { HoldSpan } from '../live/hold-spans.ts';
import type { ToolSpan } from '../live/tool-spans.ts';

/** What a bar is about, which gives it its colour and its word for those who see none. */
export type Tone = 'work' | 'review' | 'plan' | 'tool' | 'good' | 'bad' | 'wait' | 'pause' | 'note';

/** Something that took time, or happened at one (`to` equals `from`). Epoch milliseconds; `to` null: it goes on. */
export interface Bar {
  readonly from: number;
  readonly to: number | null;
  readonly tone: Tone;
  readonly words: string;
}

export interface Row {
  readonly id: string;
  readonly label: string;
  readonly kind: 'agent' | 'tools' | 'job';
  readonly bars: readonly Bar[];
}

const tones = { work: 'work', review: 'review', plan: 'plan', summary: 'plan', look: 'tool' } as const;

/** The rows of the waterfall: what concerned the job, then each agent with its runs and, beneath, its tools. */
export function timelineOf(session: Session, tools: readonly ToolSpan[], holds: readonly HoldSpan[]): readonly Row[] {
  const agents = [...new Set([...session.runs.values()].map(({ agent }) => agent))];
  return [...jobRows(session), ...agents.flatMap((agent) => agentRows(session, tools, holds, agent))];
}

function jobRows(session: Session): readonly Row[] {
  const reviews = [...session.reviews.values()].map((review): Bar => {
    const words = `${review.id} of ${review.assignment} (${review.trigger}): ${review.decision ?? 'undecided'}`;
    return { from: review.requestedAt, to: review.decidedAt, tone: 'review', words };
  });
  const decisions = [...session.reviews.values()].flatMap(({ decidedAt, decision, id }): Bar[] => {
    if (decidedAt === null || decision === null) return [];
    const tone = decision === 'CONTINUE' ? 'good' : decision === 'LOG_WARNING' ? 'note' : 'bad';
    return [{ from: decidedAt, to: decidedAt, tone, words: `decision on ${id}: ${decision}` }];
  });
  const recoveries = session.recoveries.map(({ at, wait_until, worker, issue, action }): Bar => {
    const words = `${worker}: ${issue}: ${action}`;
    return { from: at, to: Math.max(at, wait_until ?? at), tone: 'bad', words };
  });
  const questions = [...session.questions.values()].map(({ askedAt, closed, text }): Bar => {
    return { from: askedAt, to: closed?.at ?? null, tone: 'wait', words: `question: ${text}` };
  });
  const rows: Row[] = [
    { id: 'reviews', label: 'Reviews', kind: 'job', bars: [...reviews, ...decisions] },
    { id: 'recoveries', label: 'Recoveries', kind: 'job', bars: recoveries },
    { id: 'questions', label: 'Questions', kind: 'job', bars: questions },
  ];
  return rows.filter(({ bars }) => bars.length > 0);
}

function agentRows(
  session: Session,
  tools: readonly ToolSpan[],
  holds: readonly HoldSpan[],
  agent: string,
): readonly Row[] {
  const runs = [...session.runs.values()].filter((run) => run.agent === agent);
  const bars = runs.map((run): Bar => {
    const tone = run.outcome?.kind === 'failed' ? 'bad' : tones[run.mode];
    const words = `${run.mode} ${run.review ?? run.assignment}: ${run.outcome?.kind ?? run.doing}`;
    return { from: run.startedAt, to: run.endedAt, tone, words };
  });
  const own = new Map(runs.map((run) => [run.id, run]));
  const calls = tools.flatMap(({ run, name, title, from, to, ok }): Bar[] => {
    const of = own.get(run);
    if (!of) return [];
    const tone = ok === false ? 'bad' : 'tool';
    return [{ from, to: to ?? of.endedAt, tone, words: title || name }];
  });
  const held = holds.flatMap(({ run, why, from, to }): Bar[] =>
    own.has(run) ? [{ from, to, tone: 'pause', words: `stood still: ${why}` }] : [],
  );
  const rows: Row[] = [
    { id: agent, label: agent, kind: 'agent', bars: [...bars, ...held] },
    { id: `${agent} tools`, label: `${agent}: tools`, kind: 'tools', bars: calls },
  ];
  return rows.filter(({ bars: all }) => all.length > 0);
}

/** A stretch of time that is looked at. Epoch milliseconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** All of it, a little room included. */
export function wholeOf(session: Session, now: number): Window {
  const from = session.startedAt ?? session.lastAt;
  const to = Math.max(session.ended ? session.lastAt : now, from + 1_000);
  return { from, to: to + (to - from) * 0.02 };
}

const SHORTEST_MS = 200;

/** Nearer by a factor above 1, farther by one below, around a moment; never out of the whole. */
export function zoomed({ from, to }: Window, factor: number, around: number, whole: Window): Window {
  const length = Math.min(whole.to - whole.from, Math.max(SHORTEST_MS, (to - from) / factor));
  const part = (around - from) / (to - from);
  return kept({ from: around - part * length, to: around + (1 - part) * length }, whole);
}

/** The same length, later by a part of it. */
export function moved({ from, to }: Window, part: number, whole: Window): Window {
  const by = (to - from) * part;
  return kept({ from: from + by, to: to + by }, whole);
}

function kept({ from, to }: Window, whole: Window): Window {
  const length = to - from;
  const start = Math.min(Math.max(from, whole.from), Math.max(whole.from, whole.to - length));
  return { from: start, to: start + length };
}

/** A bar as it is drawn: parts of the width, from 0 to 1. */
export interface Drawn {
  readonly left: number;
  readonly width: number;
  readonly bar: Bar;
  /** Bars that would not be told apart from this one. */
  readonly more: number;
}

/**
 * The bars of a row that are seen, those that would fall on the same point joined, so that no more are drawn than the
 * eye can tell apart.
 * @param steps points across the width
 */
export function drawn(bars: readonly Bar[], { from, to }: Window, now: number, steps: number): readonly Drawn[] {
  const length = to - from;
  const all: Drawn[] = [];
  const taken = new Map<number, number>();
  for (const bar of bars) {
    const end = bar.to ?? now;
    if (end < from || bar.from > to) continue;
    const left = Math.max(0, (bar.from - from) / length);
    const width = Math.min(1, (end - from) / length) - left;
    const point = Math.floor(left * steps);
    const before = width * steps < 1 ? taken.get(point) : undefined;
    const same = before === undefined ? undefined : all[before];
    if (before !== undefined && same) all[before] = { ...same, more: same.more + 1 };
    else {
      if (width * steps < 1) taken.set(point, all.length);
      all.push({ left, width, bar, more: 0 });
    }
  }
  return all;
}
