import { HomePage } from './home/home-page.tsx';
import { JobPage } from './job/job-page.tsx';
import { useMe } from './live/hooks.ts';
import { useRoute } from './route.ts';
import { TopBar } from './shell/top-bar.tsx';
import { useOverview } from './shell/use-overview.ts';

export function App() {
  const route = useRoute();
  const me = useMe();
  const only = me?.job ?? null;
  const job = only ?? route.job;
  const overview = useOverview(me === null || only !== null ? null : job === null ? 'line' : 'looks');
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <TopBar route={route} overview={overview} only={only} />
      <main id="main">
        {job !== null && <JobPage key={job} job={job} />}
        {job === null && overview && <HomePage overview={overview} />}
      </main>
    </>
  );
}
