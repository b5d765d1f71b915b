import { duration } from '../../kit/display.ts';
import { percentile } from '../../kit/percentile.ts';
import type { EdgeEvent } from './edge-event.ts';

/** Durations that are kept of each kind; older ones are forgotten. */
const KEPT = 1_000;

const measured = ['final', 'forward', 'claimed', 'firstEvent', 'gap'] as const;
type Measured = (typeof measured)[number];

/** What an edge has done since its start. Durations in milliseconds, the latest thousand of each kind. */
export interface EdgeSummary {
  readonly turns: number;
  readonly finals: number;
  readonly forwarded: number;
  readonly setAside: number;
  readonly jobs: number;
  readonly dropped: number;
  readonly reconnects: number;
  readonly lost: number;
  readonly spoken: number;
  readonly audioSeconds: number;
  /** US dollars; null where a part of it has no known price. */
  readonly usd: number | null;
  readonly durations: Readonly<Record<Measured, readonly number[]>>;
}

export const emptySummary: EdgeSummary = {
  ...{ turns: 0, finals: 0, forwarded: 0, setAside: 0, jobs: 0, dropped: 0, reconnects: 0, lost: 0, spoken: 0 },
  ...{ audioSeconds: 0, usd: 0 },
  durations: { final: [], forward: [], claimed: [], firstEvent: [], gap: [] },
};

export function evolveSummary(summary: EdgeSummary, event: EdgeEvent): EdgeSummary {
  const one = (key: 'turns' | 'setAside' | 'spoken' | 'reconnects' | 'lost') => ({
    ...summary,
    [key]: summary[key] + 1,
  });
  switch (event.event) {
    case 'vad.stop':
      return one('turns');
    case 'transcript.final':
      return measure({ ...summary, finals: summary.finals + (event.length > 0 ? 1 : 0) }, 'final', event.latency_ms);
    case 'transcript.forwarded': {
      const { forwarded, jobs } = summary;
      const after = { ...summary, forwarded: forwarded + 1, jobs: jobs + event.jobs.length };
      return measure(after, 'forward', event.latency_ms);
    }
    case 'transcript.set_aside':
      return one('setAside');
    case 'job.claimed':
      return measure(summary, 'claimed', event.latency_ms);
    case 'job.first_event':
      return measure(summary, 'firstEvent', event.latency_ms);
    case 'edge.gap':
      return measure(summary, 'gap', event.gap_ms);
    case 'edge.dropped':
      return { ...summary, dropped: summary.dropped + event.frames };
    case 'edge.line':
      return event.state === 'reconnecting' ? one('reconnects') : summary;
    case 'edge.device':
      return event.there ? summary : one('lost');
    case 'edge.spoken':
      return one('spoken');
    case 'edge.used': {
      const usd = summary.usd === null || event.usd === null ? null : summary.usd + event.usd;
      return { ...summary, audioSeconds: summary.audioSeconds + event.audio_seconds, usd };
    }
    default:
      return summary; // of use in the log alone
  }
}

function measure(summary: EdgeSummary, kind: Measured, ms: number): EdgeSummary {
  const durations = { ...summary.durations, [kind]: [...summary.durations[kind], ms].slice(-KEPT) };
  return { ...summary, durations };
}

const names: Readonly<Record<Measured, string>> = {
  final: 'end of speech → words',
  forward: 'words → gateway has them',
  claimed: 'gateway → job claimed',
  firstEvent: 'gateway → first sign of an agent',
  gap: 'gaps in the capture',
};

/** The summary for programs: of each kind of duration its percentiles, null where there was none. */
export function summaryView({ durations, ...counts }: EdgeSummary) {
  const of = (kind: Measured) => ({ p50: percentile(durations[kind], 50), p99: percentile(durations[kind], 99) });
  return { ...counts, durations_ms: Object.fromEntries(measured.map((kind) => [kind, of(kind)])) };
}

/** The summary for a person, on one screen. @param heardMs how much sound was heard @param waiting letters that wait */
export function summaryText(summary: EdgeSummary, heardMs: number, waiting: number): string {
  const { turns, finals, forwarded, jobs, setAside, dropped, lost, reconnects, spoken, audioSeconds, usd } = summary;
  const cost = usd === null ? 'unknown in part' : `$${usd.toFixed(4)}`;
  const times = measured.flatMap((kind) => {
    const values = summary.durations[kind];
    const [half, most] = [percentile(values, 50), percentile(values, 99)];
    if (half === null || most === null) return [];
    return [`  ${names[kind].padEnd(33)} p50 ${Math.round(half)} ms, p99 ${Math.round(most)} ms`];
  });
  const aside = setAside > 0 ? [`refused by the gateway: ${setAside}, kept in set-aside.jsonl`] : [];
  const left = waiting > 0 ? [`waiting for the gateway: ${waiting}, handed in at the next start`] : [];
  return [
    `heard ${duration(heardMs)}: ${turns === 1 ? '1 turn' : `${turns} turns`}, ${finals} with words`,
    `handed in ${forwarded}, jobs begun ${jobs}, announcements ${spoken}`,
    ...aside,
    ...left,
    `frames given up ${dropped}, device lost ${lost}, line lost ${reconnects}`,
    `speech service: ${(audioSeconds / 60).toFixed(1)} minutes of audio, cost ${cost}`,
    ...times,
    '',
  ].join('\n');
}
