import { lazy, Suspense } from 'react';
import { HomePage } from './home/home-page.tsx';
import { JobPage } from './job/job-page.tsx';
import { useMe } from './live/hooks.ts';
import { useRoute } from './route.ts';
import { TopBar } from './shell/top-bar.tsx';
import { useOverview } from './shell/use-overview.ts';

/** Charts are fetched when somebody wants to see them. */
const InsightPage = lazy(() => import('./insight/insight-page.tsx'));

export function App() {
  const route = useRoute();
  const { view } = route;
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
        {job === null && me === null && <p className="none">Asking the gateway who you are …</p>}
        {job === null && overview && view !== 'insight' && <HomePage overview={overview} />}
        {job === null && overview && view === 'insight' && (
          <Suspense fallback={<p className="none">Loading …</p>}>
            <InsightPage />
          </Suspense>
        )}
      </main>
    </>
  );
}
