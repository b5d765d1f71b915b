import { agentViews } from '../../../src/wire/job-view.ts';
import { useNow, useOpened, useVersion } from '../live/hooks.ts';
import { JobLive } from '../live/job-live.ts';
import { dollars } from '../parts/format.ts';
import { LineState } from '../parts/line-state.tsx';

export function JobPage({ job }: { readonly job: string }) {
  const live = useOpened(() => new JobLive(job), job);
  return live && <Job live={live} />;
}

function Job({ live }: { readonly live: JobLive }) {
  useVersion(live.state);
  const now = useNow();
  const { session, log } = live.state;
  return (
    <article>
      <h1>{session.spec?.instruction ?? live.job}</h1>
      <LineState line={live.line} />
      <ul className="lanes">
        {agentViews(session, now).map((view) => (
          <li key={`${view.assignment} ${view.agent}`}>
            <b>{view.agent}</b> {view.role} · {view.state} · {view.evidence ?? view.doing} · {dollars(view.cost_usd)}
          </li>
        ))}
      </ul>
      <p>{log.count} events</p>
    </article>
  );
}
