import { visible } from '../../../src/kit/display.ts';
import type { JobState } from '../live/job-state.ts';
import { clockTime } from '../parts/format.ts';

/** What browser agents did, step by step, with what they saw. */
export function BrowserView({ job, state }: { readonly job: string; readonly state: JobState }) {
  const steps = state.browser.all;
  if (steps.length === 0) return <p className="none">No browser was used.</p>;
  const base = `/api/v1/${encodeURIComponent(job)}`;
  return (
    <section aria-label="Browser">
      {state.session.ended && (
        <p>
          <a href={`${base}/report`} target="_blank" rel="noreferrer">
            The whole report
          </a>
        </p>
      )}
      <ol className="steps">
        {steps.map(({ at, agent, did, url, picture }) => (
          <li key={`${at} ${did} ${picture}`} className="step">
            {picture && (
              <img src={`${base}/pictures/${picture}`} alt={`The page after: ${visible(did)}`} loading="lazy" />
            )}
            <p>
              <b>{visible(did)}</b>
            </p>
            <p className="quiet">
              {agent} · {clockTime(at)} · {visible(url)}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
