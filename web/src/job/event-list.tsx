import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { EventType, Recorded } from '../../../src/domain/event.ts';
import { describe } from '../../../src/domain/event-line.ts';
import { visible } from '../../../src/kit/display.ts';
import type { JobState } from '../live/job-state.ts';
import { Link } from '../parts/link.tsx';

const ROW = 26;

/** All that happened, one line each. Only what is seen is drawn and held; it follows the end until one scrolls away. */
export function EventList({
  state,
  job,
  at,
}: {
  readonly state: JobState;
  readonly job: string;
  readonly at: string | null;
}) {
  const { log, version } = state;
  const [type, setType] = useState<EventType | ''>('');
  const [agent, setAgent] = useState<string | null>(null);
  const [follows, setFollows] = useState(at === null);
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for all that has come
  const numbers = useMemo(
    () => log.filtered(type === '' ? null : new Set([type]), agent === null ? null : new Set([agent])),
    [version, type, agent],
  );
  const rows = useVirtualizer({
    count: numbers?.length ?? log.count,
    getScrollElement: () => place.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const shown = numbers?.length ?? log.count;
  useEffect(() => {
    if (follows && shown > 0) rows.scrollToIndex(shown - 1, { align: 'end' });
  }, [follows, shown, rows]);
  useMoment(at, state, (index) => rows.scrollToIndex(index, { align: 'center' }));
  return (
    <section aria-label="Events" className="events">
      <p className="tools">
        <Choice label="Type" value={type} all={log.types} choose={(value) => setType(value as EventType | '')} />
        <Choice
          label="Agent"
          value={agent ?? ''}
          all={log.agents.filter((name) => name !== '')}
          choose={(value) => setAgent(value === '' ? null : value)}
        />
        <label>
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} /> Follow the
          end
        </label>
        <span className="quiet">{shown} events</span>
      </p>
      <div
        ref={place}
        className="list"
        role="log"
        aria-label="Event log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard
        tabIndex={0}
        onWheel={(event) => event.deltaY < 0 && setFollows(false)}
        onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && setFollows(false)}
      >
        <div className="all" ref={(element) => element?.style.setProperty('height', `${rows.getTotalSize()}px`)}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const number = numbers ? (numbers[index] ?? 0) : index;
            return (
              <Line
                key={number}
                recorded={log.at(number)}
                start={start}
                job={job}
                isMarked={log.at(number)?.cursor === at}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly all: readonly string[];
  readonly choose: (value: string) => void;
}

function Choice({ label, value, all, choose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => choose(event.target.value)}>
        <option value="">all</option>
        {all.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

interface LineProps {
  readonly recorded: Recorded | null;
  readonly start: number;
  readonly job: string;
  readonly isMarked: boolean;
}

function Line({ recorded, start, job, isMarked }: LineProps) {
  const place = (element: HTMLElement | null) => element?.style.setProperty('transform', `translateY(${start}px)`);
  if (!recorded) return <p className="event" ref={place} aria-hidden="true" />;
  const { event, at, cursor } = recorded;
  return (
    <p className={`event${isMarked ? ' marked' : ''}`} ref={place}>
      <Link to={{ job, view: 'events', at: cursor }} className="cursor">
        {cursor}
      </Link>
      <time>{new Date(at).toLocaleTimeString()}</time>
      <span className="type">{event.type === 'agent' ? `${event.agent} ${event.seen.type}` : event.type}</span>
      <span className="words">{visible(describe(event, at, true) ?? '').slice(0, 500)}</span>
    </p>
  );
}

/** Goes to the moment a link names, once it has come. */
function useMoment(at: string | null, { log, cursor }: JobState, show: (index: number) => void): void {
  const gone: RefObject<string | null> = useRef(null);
  useEffect(() => {
    if (at === null || gone.current === at || cursor === null) return;
    const index = log.numberOf(at);
    if (index === null) return;
    gone.current = at;
    show(index);
  });
}
