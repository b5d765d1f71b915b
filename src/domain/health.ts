import type { HealthState } from './event.ts';
import type { Run } from './run-state.ts';

/** Without any sign for this long a run is looked at more closely. Milliseconds. */
export const QUIET_MS = 60_000;
/** Processor time below this part of the time that passed is none worth the name. */
const IDLE_CPU = 0.01;

/** What the system shows of a run between two looks. Times in milliseconds. */
export interface Signs {
  readonly lastByteAt: number;
  /** Processor time used since the last look, and how long ago that was; null for the first look. */
  readonly cpuMs: number | null;
  readonly sinceMs: number;
  readonly children: number;
}

export interface Health {
  readonly state: HealthState;
  /** One phrase saying what was seen, with its age. */
  readonly evidence: string;
}

/**
 * What a run is about, and the evidence for it. The journal says most; for a quiet run the system is asked: `signs` null
 * means it knows no process of the run, undefined that it was not asked.
 */
export function healthOf(run: Run, now: number, signs?: Signs | null): Health {
  const age = (since: number) => `${Math.max(0, Math.round((now - since) / 1000))} s`;
  if (run.heldSince !== null)
    return { state: 'paused', evidence: `its processes stand still for ${age(run.heldSince)}` };
  if (run.asking) return { state: 'waiting for person', evidence: `it asked a question ${age(run.lastEventAt)} ago` };
  if (signs === null) return { state: 'gone', evidence: 'no process of it is left, and it told no end' };
  const usual = byEvents(run, age);
  const quietMs = now - Math.max(run.lastEventAt, signs?.lastByteAt ?? 0);
  if (!signs || quietMs < QUIET_MS) return usual;
  const used =
    signs.cpuMs === null
      ? ''
      : `, ${Math.round(signs.cpuMs)} ms of processor time in the last ${Math.round(signs.sinceMs / 1000)} s`;
  const evidence = `no event for ${age(run.lastEventAt)}, no output for ${age(signs.lastByteAt)}${used}, ${signs.children} child process(es)`;
  const isBusy = signs.cpuMs !== null && signs.cpuMs > signs.sinceMs * IDLE_CPU;
  if (run.tools.size > 0) return { state: 'waiting for tool', evidence: `${usual.evidence}; ${evidence}` };
  return { state: isBusy ? 'working' : 'silent', evidence };
}

function byEvents(run: Run, age: (since: number) => string): Health {
  const tool = [...run.tools.values()].at(-1);
  if (tool) return { state: 'waiting for tool', evidence: `${tool.title} for ${age(tool.since)}` };
  const since = `last event ${age(run.lastEventAt)} ago`;
  const isWaiting = run.doing === 'waiting for the model' || run.doing.startsWith('trying again');
  return isWaiting ? { state: 'waiting for model', evidence: since } : { state: 'working', evidence: since };
}
