import { useVersion } from '../live/hooks.ts';
import type { OverviewLive } from '../live/overview-live.ts';
import { LineState } from '../parts/line-state.tsx';
import { Link } from '../parts/link.tsx';
import type { Route } from '../route.ts';
import { Notices } from './notices.tsx';
import { Share } from './share.tsx';
import { SignOut } from './sign-out.tsx';
import { ThemeChoice } from './theme.tsx';

interface TopBarProps {
  readonly route: Route;
  /** Null where only one job is to be seen, or nothing is known yet. */
  readonly overview: OverviewLive | null;
  /** The only job that is to be seen; null for all. */
  readonly only: string | null;
}

/** What is the same on every page. */
export function TopBar({ route: { job, view }, overview, only }: TopBarProps) {
  return (
    <header className="top">
      {only === null ? (
        <nav aria-label="Pages">
          <Link to={{}} className="brand" current={job === null && view === null}>
            Tutti
          </Link>
          <Link to={{ view: 'insight' }} current={job === null && view === 'insight'}>
            Insight
          </Link>
        </nav>
      ) : (
        <p className="brand">Tutti: one job, to look at</p>
      )}
      {overview && job === null && <Line overview={overview} />}
      <div className="tools end">
        {overview && job !== null && <Share key={job} job={job} />}
        {overview && <Notices overview={overview} />}
        <ThemeChoice />
        <SignOut />
      </div>
    </header>
  );
}

/** The page of a job shows the state of its own line. */
function Line({ overview }: { readonly overview: OverviewLive }) {
  useVersion(overview);
  return <LineState line={overview.line} />;
}
