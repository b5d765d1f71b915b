import { useId } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import type { AgentView } from '../../../src/wire/job-view.ts';
import { count, dollars, duration } from '../parts/format.ts';

interface LanesProps {
  readonly session: Session;
  readonly views: readonly AgentView[];
  readonly now: number;
}

/** One lane for each agent and what it has to do: what it is at just now, and by which evidence. */
export function Lanes({ session, views, now }: LanesProps) {
  return (
    <ul className="lanes" aria-label="Agents">
      {views.map((view) => (
        <Lane key={`${view.role} ${view.assignment} ${view.agent}`} session={session} view={view} now={now} />
      ))}
    </ul>
  );
}

function Lane({ session, view, now }: { readonly session: Session; readonly view: AgentView; readonly now: number }) {
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
      <p className="evidence">{view.evidence ?? (view.state === 'waiting' ? 'its turn has not come' : ' ')}</p>
      <p className="doing" title={view.doing}>
        {tool ? `${tool.name}: ${tool.title} (${duration(Math.max(0, now - tool.since))})` : view.doing}
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
    </li>
  );
}
