import type { ReactNode } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { spent } from '../../../src/domain/summary.ts';
import { progressOf, shownStatus } from '../../../src/wire/job-view.ts';
import { clockTime, count, dollars, duration, folderName } from '../parts/format.ts';

interface JobHeadProps {
  readonly job: string;
  readonly session: Session;
  readonly now: number;
  readonly children: ReactNode;
}

/** What the job is, how it stands, and what it has cost. */
export function JobHead({ job, session, now, children }: JobHeadProps) {
  const { spec, ended, startedAt, lastAt } = session;
  const status = ended?.status ?? shownStatus({ status: session.attempt > 0 ? 'running' : 'queued' }, session);
  const { cost_usd, input_tokens, output_tokens } = spent([...session.runs.values()]);
  const length = startedAt === null ? null : (ended ? lastAt : now) - startedAt;
  return (
    <header className="head">
      <h1>{spec?.instruction ?? `Job ${job}`}</h1>
      <p className="about">
        <span className={`state state-${status}`}>{status}</span> {children}
        {spec && <span title={spec.target}>{folderName(spec.target)}</span>}
        {spec && <time>{clockTime(spec.submitted_at)}</time>}
        {length !== null && <span>{duration(Math.max(0, length))}</span>}
        <span>{dollars(cost_usd)}</span>
        <span>{count(input_tokens === null ? null : input_tokens + (output_tokens ?? 0))} tokens</span>
      </p>
      <progress max={100} value={progressOf(session)} aria-label="Progress of the job" />
    </header>
  );
}
