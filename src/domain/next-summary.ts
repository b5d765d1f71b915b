import { errand, fact, type Next, nothing, wake } from './errand.ts';
import { heldBecause } from './hold.ts';
import { afterlife } from './lives.ts';
import { amountOf } from './next-question.ts';
import { type Session, usualLaunch } from './session.ts';
import { toldText } from './summary.ts';

/** The role of the agent that sums up. */
export const SUMMARY_ROLE = 'summariser';
/** Nobody waits longer for an agent when the same can be told without one. Milliseconds. */
const PATIENCE_MS = 60_000;

/** Whether the job reads and tells, and changes nothing. */
export function isSummary({ spec }: Session): boolean {
  return spec?.worker === 'summary';
}

/** One agent reads and tells; where none can, what the journals say is told without a model. */
export function nextForSummary(session: Session, now: number): Next {
  if (session.told) {
    const summary = toldText(session, session.told);
    return fact({ type: 'job.ended', status: 'completed', cause: 'completed', summary });
  }
  const agent = session.members[0]?.agent;
  const runs = [...session.runs.values()].filter((run) => run.mode === 'summary');
  const plain = (why: string) => errand({ kind: 'summarise', key: 'summarise', run: null, why });
  if (agent === undefined) return plain(session.team?.why ?? 'no agent was asked');
  if (session.reached && runs.at(-1)?.outcome?.kind !== 'completed') return plain(amountOf(session.reached));
  const after = afterlife(session, runs, 0, now);
  switch (after.kind) {
    case 'running':
      return nothing;
    case 'wait':
      return after.until - now > PATIENCE_MS ? plain(`${agent} cannot go on for a while`) : wake(after.until);
    case 'diagnose':
      return errand({ kind: 'diagnose', key: `diagnose:${after.run.id}`, run: after.run.id });
    case 'gave_up':
      return plain(`${agent} could not do it: ${after.why}`);
    case 'asked':
      return plain(`${agent} asked something instead`);
    case 'completed':
      return errand({
        kind: 'summarise',
        key: `summarise:${after.run.id}`,
        run: after.run.id,
        why: `read by ${agent}`,
      });
    case 'first':
      return read(session, agent, 0, null);
    case 'again':
      return read(session, agent, runs.length, after.resume);
  }
}

function read(session: Session, agent: string, before: number, resume: string | null): Next {
  if (heldBecause(session, agent, 'summary', 'summary')) return nothing;
  const run = `summary.${before + 1}`;
  const rest = { assignment: 'summary', review: null, resume, messages: [], changes: usualLaunch(session, agent) };
  return errand({ kind: 'run', key: `run:${run}`, order: { run, agent, mode: 'summary', ...rest } });
}
