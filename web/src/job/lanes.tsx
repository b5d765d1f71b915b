import { useId } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { visible } from '../../../src/kit/display.ts';
import type { AgentView } from '../../../src/wire/job-view.ts';
import type { Asking } from '../live/asking.ts';
import { count, dollars, duration } from '../parts/format.ts';
import { AgentControls } from './agent-controls.tsx';

interface LanesProps {
  readonly session: Session;
  readonly views: readonly AgentView[];
  readonly now: number;
  /** Null where nothing can be asked: in a replay, or for one who may only look. */
  readonly asking: Asking | null;
}

/** One lane for each agent and what it has to do: what it is at just now, and by which evidence. */
export function Lanes({ session, views, now, asking }: LanesProps) {
  return (
    <ul className="lanes" aria-label="Agents">
      {views.map((view) => (
        <Lane
          key={`${view.role} ${view.assignment} ${view.agent}`}
          session={session}
          view={view}
          now={now}
          asking={asking}
        />
      ))}
    </ul>
  );
}

function Lane({ session, view, now, asking }: Omit<LanesProps, 'views'> & { readonly view: AgentView }) {
  const id = useId();
  const run = [...session.runs.values()].findLast(
    ({ agent, assignment, review }) => agent === view.agent && (review ?? assignment) === view.assignment,
  );
  const tool = [...(run?.tools.values() ?? [])].at(-1);
  const length = view.started_at === null ? null : (view.ended_at ?? now) - view.started_at;
  return (
    <li className="lane" aria-labelledby={id}>
      <header>
        <b id={id}>{view.agent}</b>
        <span className="quiet">{view.role}</span>
        <span className={`state state-${view.state}`}>{view.state}</span>
      </header>
      <p className="evidence">{visible(view.evidence ?? (view.state === 'waiting' ? 'its turn has not come' : ' '))}</p>
      <p className="doing" title={visible(view.doing)}>
        {visible(tool ? `${tool.name}: ${tool.title} (${duration(now - tool.since)})` : view.doing)}
      </p>
      {view.progress === null ? null : (
        <progress max={100} value={view.progress} aria-label={`Progress of ${view.agent}`} />
      )}
      <dl>
        <dt>Tokens</dt>
        <dd>{view.input_tokens === null ? '–' : count((view.input_tokens ?? 0) + (view.output_tokens ?? 0))}</dd>
        <dt>Cost</dt>
        <dd>{dollars(view.cost_usd)}</dd>
        <dt>Time</dt>
        <dd>{length === null ? '–' : duration(length)}</dd>
        <dt>Runs</dt>
        <dd>{view.runs}</dd>
      </dl>
      {asking && isOpen(view) && <AgentControls asking={asking} session={session} agent={view.agent} />}
    </li>
  );
}

/** Whether there is anything to ask of it: reviewers are not steered. */
function isOpen({ state, role }: AgentView): boolean {
  return role !== 'reviewer' && (state === 'working' || state === 'paused' || state === 'waiting');
}
