import { useEffect, useMemo, useState } from 'react';
import type { EventType, Recorded } from '../../../src/domain/event.ts';
import { describe } from '../../../src/domain/event-line.ts';
import { visible } from '../../../src/kit/display.ts';
import type { JobState } from '../live/job-state.ts';
import { Choice } from '../parts/choice.tsx';
import { Link } from '../parts/link.tsx';
import { Rows } from '../parts/rows.tsx';

const ROW = 26;

interface EventListProps {
  readonly state: JobState;
  readonly job: string;
  /** The moment a link leads to. */
  readonly at: string | null;
}

/** All that happened, one line each. Only what is seen is drawn and held; it follows the end until one scrolls away. */
export function EventList({ state, job, at }: EventListProps) {
  const { log, version } = state;
  const [type, setType] = useState('');
  const [agent, setAgent] = useState('');
  const [follows, setFollows] = useState(at === null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for all that has come
  const numbers = useMemo(
    () => log.filtered(type === '' ? null : new Set([type as EventType]), agent === '' ? null : new Set([agent])),
    [version, type, agent],
  );
  const shown = numbers?.length ?? log.count;
  const moment = useMoment(at, state);
  return (
    <section aria-label="Events" className="events">
      <p className="tools">
        <Choice label="Type" value={type} of={log.types} choose={setType} />
        <Choice label="Agent" value={agent} of={log.agents.filter((name) => name !== '')} choose={setAgent} />
        <label>
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} /> Follow the
          end
        </label>
        <span className="quiet">{shown} events</span>
      </p>
      <Rows
        label="Event log"
        role="log"
        count={shown}
        height={ROW}
        at={numbers === null ? moment : null}
        follows={follows}
        leave={() => setFollows(false)}
        row={(index) => <Line recorded={log.at(numbers?.[index] ?? index)} job={job} at={at} />}
      />
    </section>
  );
}

interface LineProps {
  readonly recorded: Recorded | null;
  readonly job: string;
  readonly at: string | null;
}

function Line({ recorded, job, at: moment }: LineProps) {
  if (!recorded) return <p className="event" aria-hidden="true" />;
  const { event, at, cursor } = recorded;
  return (
    <p className={`event${cursor === moment ? ' marked' : ''}`}>
      <Link to={{ job, view: 'events', at: cursor }} className="cursor">
        {cursor}
      </Link>
      <time>{new Date(at).toLocaleTimeString()}</time>
      <span className="type">{event.type === 'agent' ? `${event.agent} ${event.seen.type}` : event.type}</span>
      <span className="words">{visible(describe(event, at, true) ?? '').slice(0, 500)}</span>
    </p>
  );
}

/** The number of the event a link names, once it has come. */
function useMoment(at: string | null, { log, version }: JobState): number | null {
  const [found, setFound] = useState<{ readonly at: string; readonly number: number } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for all that has come
  useEffect(() => {
    if (at === null || found?.at === at) return;
    const number = log.numberOf(at);
    if (number !== null) setFound({ at, number });
  }, [at, version, found]);
  return found !== null && found.at === at ? found.number : null;
}
