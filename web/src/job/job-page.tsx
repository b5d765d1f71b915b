import { type ReactNode, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import { agentViews } from '../../../src/wire/job-view.ts';
import { Asking } from '../live/asking.ts';
import { useMayAsk, useNow, useOpened, useVersion } from '../live/hooks.ts';
import { JobLive } from '../live/job-live.ts';
import type { JobState } from '../live/job-state.ts';
import type { Line } from '../live/stream.ts';
import { LineState } from '../parts/line-state.tsx';
import { Link } from '../parts/link.tsx';
import { type Route, useRoute } from '../route.ts';
import { BrowserView } from './browser-view.tsx';
import { Changes } from './changes-view.tsx';
import { Controls } from './controls.tsx';
import { EventList } from './event-list.tsx';
import { JobHead } from './job-head.tsx';
import { Lanes } from './lanes.tsx';
import { NoJob } from './no-job.tsx';
import { PlanGraph } from './plan-graph.tsx';
import { Questions } from './questions.tsx';
import { Replay } from './replay.tsx';
import { Result } from './result-view.tsx';
import { Reviews } from './reviews-view.tsx';
import { Timeline } from './timeline-view.tsx';
import { RawWords } from './words-view.tsx';

/** A job as it happens, or as it happened. */
export function JobPage({ job }: { readonly job: string }) {
  const live = useOpened(() => new JobLive(job), job);
  const { view } = useRoute();
  return live && <Opened live={live} view={view} />;
}

/** Nothing is shown of a job before something is known of it. */
function Opened({ live, view }: { readonly live: JobLive; readonly view: string | null }) {
  useVersion(live.state);
  if (live.state.session.spec === null) return <NoJob job={live.job} line={live.line} />;
  return view === 'replay' ? <Replay live={live} /> : <Live live={live} />;
}

function Live({ live }: { readonly live: JobLive }) {
  useVersion(live.state);
  const [asking] = useState(() => new Asking(live.job));
  const mayAsk = useMayAsk();
  return <JobViews job={live.job} state={live.state} line={live.line} now={useNow()} asking={mayAsk ? asking : null} />;
}

interface JobViewsProps {
  readonly job: string;
  readonly state: JobState;
  /** Null in a replay. */
  readonly line: Line | null;
  readonly now: number;
  /** Null where nothing can be asked. */
  readonly asking: Asking | null;
}

type View = (props: JobViewsProps & Pick<Route, 'at' | 'place'>) => ReactNode;

/** What can be shown of a job, each under an address of its own. */
const views: Readonly<Record<string, { readonly title: string; readonly show: View }>> = {
  overview: { title: 'Overview', show: (props) => <Overview {...props} /> },
  timeline: { title: 'Timeline', show: ({ state, now }) => <Timeline state={state} now={now} /> },
  reviews: { title: 'Reviews', show: ({ job, state }) => <Reviews job={job} session={state.session} /> },
  changes: {
    title: 'Changes',
    show: ({ job, state, place }) => <Changes job={job} session={state.session} place={place} />,
  },
  browser: { title: 'Browser', show: ({ job, state }) => <BrowserView job={job} state={state} /> },
  result: {
    title: 'Result',
    show: ({ job, state, asking }) => <Result job={job} session={state.session} mayAsk={asking !== null} />,
  },
  words: { title: 'Raw words', show: ({ job, state }) => <RawWords job={job} session={state.session} /> },
  events: { title: 'Events', show: ({ state, job, at }) => <EventList state={state} job={job} at={at} /> },
};

/** The same for a job that is followed and for one that is played again. */
export function JobViews(props: JobViewsProps) {
  const { view, at, place } = useRoute();
  const { job, state, line, now, asking } = props;
  const name = view !== null && Object.hasOwn(views, view) ? view : 'overview';
  return (
    <article>
      <JobHead job={job} session={state.session} now={now}>
        {line && <LineState line={line} />}
      </JobHead>
      {asking && <Controls asking={asking} session={state.session} />}
      <Questions session={state.session} asking={asking} />
      {line && (
        <nav aria-label="Views of the job" className="tabs">
          {Object.entries(views).map(([id, { title }]) => (
            <Link key={id} to={{ job, view: id }} current={id === name}>
              {title}
            </Link>
          ))}
          <Link to={{ job, view: 'replay' }}>Replay</Link>
        </nav>
      )}
      {views[name]?.show({ ...props, at, place })}
    </article>
  );
}

function Overview({ state, now, asking }: JobViewsProps) {
  const { session } = state;
  const shown = agentViews(session, session.ended ? session.lastAt : now);
  return (
    <>
      {session.ended && <p className="summary">{session.ended.summary.split('\n').map(visible).join('\n')}</p>}
      <PlanGraph session={session} views={shown} />
      <Lanes session={session} views={shown} now={now} asking={asking} />
    </>
  );
}
