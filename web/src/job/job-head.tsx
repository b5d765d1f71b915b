import type { ReactNode } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { spent } from '../../../src/domain/summary.ts';
import { cut, visible } from '../../../src/kit/display.ts';
import { progressOf, shownStatus } from '../../../src/wire/job-view.ts';
import { clockTime, count, dollars, duration, folderName } from '../parts/format.ts';

/** Columns of a task that its heading shows; the rest is a click away, as words may be long. */
const TITLE_MAX = 200;

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
  const task = spec?.instruction ?? `Job ${job}`;
  const title = cut(visible(task), TITLE_MAX);
  return (
    <header className="head">
      <h1>{title}</h1>
      {title !== task && (
        <details>
          <summary>The whole task</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <pre className="task" tabIndex={0}>
            {task.split('\n').map(visible).join('\n')}
          </pre>
        </details>
      )}
      <p className="about">
        <span className={`state state-${status}`}>{status}</span> {children}
        {spec && <span title={visible(spec.target)}>{visible(folderName(spec.target))}</span>}
        {spec && <time>{clockTime(spec.submitted_at)}</time>}
        {length !== null && <span>{duration(Math.max(0, length))}</span>}
        <span>{dollars(cost_usd)}</span>
        <span>{count(input_tokens === null ? null : input_tokens + (output_tokens ?? 0))} tokens</span>
      </p>
      <progress max={100} value={progressOf(session)} aria-label="Progress of the job" />
    </header>
  );
}
