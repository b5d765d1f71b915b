import { HomePage } from './home/home-page.tsx';
import { JobPage } from './job/job-page.tsx';
import { Link } from './parts/link.tsx';
import { useRoute } from './route.ts';

export function App() {
  const { job, view } = useRoute();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link to={{}} className="brand" current={job === null && view === null}>
          Tutti
        </Link>
      </header>
      <main id="main">{job === null ? <HomePage /> : <JobPage key={job} job={job} />}</main>
    </>
  );
}
