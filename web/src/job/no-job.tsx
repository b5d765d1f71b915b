import { visible } from '../../../src/kit/display.ts';
import type { Line } from '../live/stream.ts';
import { LineState } from '../parts/line-state.tsx';
import { Link } from '../parts/link.tsx';

interface NoJobProps {
  readonly job: string;
  readonly line: Line;
}

/** What there is to say of a job of which nothing is known: it is asked for, it is not there, or not for this person. */
export function NoJob({ job, line }: NoJobProps) {
  if (line === 'missing') {
    return (
      <p className="none">
        There is no job {visible(job)} here: <Link to={{}}>look at all jobs</Link>.
      </p>
    );
  }
  if (line === 'refused') {
    return (
      <p className="none">
        You are not signed in, or may not look at this job: run <code>tutti open</code> where Tutti runs, it prints a
        link.
      </p>
    );
  }
  return (
    <p className="none">
      Asking for the job … <LineState line={line} />
    </p>
  );
}
