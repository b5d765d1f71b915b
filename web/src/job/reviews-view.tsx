import type { CheckedIssue } from '../../../src/domain/event.ts';
import { decide } from '../../../src/domain/review/policy.ts';
import type { Review, Session } from '../../../src/domain/session.ts';
import { visible } from '../../../src/kit/display.ts';
import { clockTime } from '../parts/format.ts';
import { Link } from '../parts/link.tsx';

/** Findings of a review that are drawn at once. */
const SHOWN = 200;

/** Who looked at whose work and what they found, what was decided by it, and what was done about troubles. */
export function Reviews({ job, session }: { readonly job: string; readonly session: Session }) {
  const reviews = [...session.reviews.values()];
  return (
    <>
      <section aria-label="Reviews" className="reviews">
        {reviews.length === 0 && <p className="none">Nobody has reviewed anything yet.</p>}
        {reviews.map((review) => (
          <ReviewCard key={review.id} job={job} review={review} author={session.runs.get(review.run)?.agent ?? ''} />
        ))}
      </section>
      <section aria-label="Recoveries">
        <h2>Recoveries</h2>
        {session.recoveries.length === 0 && <p className="none">None was needed.</p>}
        <ol className="recoveries">
          {session.recoveries.map((one) => (
            <li key={`${one.run} ${one.at}`}>
              <time>{clockTime(one.at)}</time> <b>{one.worker}</b>: {visible(one.issue)} → {visible(one.action)}, try{' '}
              {one.retry_count} of {one.tries}: {one.status}. <span className="quiet">{visible(one.text)}</span>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function ReviewCard({
  job,
  review,
  author,
}: {
  readonly job: string;
  readonly review: Review;
  readonly author: string;
}) {
  const { id, assignment, trigger, focus, answers, reviewers, decision, ruling } = review;
  const awaited = reviewers.filter((name) => !answers.some(({ reviewer }) => reviewer === name));
  return (
    <article className="review" aria-label={id}>
      <h2>
        {id}: {author}’s {assignment}
      </h2>
      <p className="quiet">
        Asked for by {trigger} at {clockTime(review.requestedAt)}
        {focus === '' ? '' : `, about ${visible(focus)}`}
        {review.final ? ', of finished work' : ', while it was made'}
      </p>
      {answers.map(({ reviewer, verdict, summary, issues }) => (
        <div key={reviewer} className="answer">
          <p>
            <b>{reviewer}</b> <span className={`verdict verdict-${verdict}`}>{verdict ?? 'no verdict'}</span>{' '}
            {visible(summary)}
          </p>
          <Findings job={job} issues={issues} />
        </div>
      ))}
      {awaited.length > 0 && decision === null && <p className="none">Still looking: {awaited.join(', ')}.</p>}
      {decision !== null && (
        <p className={`decision decision-${decision}`}>
          <b>{decision}</b>: {decide(answers.map(({ verdict }) => verdict)).reason}
          {ruling === null ? '' : `; the person says: ${ruling}`}
        </p>
      )}
    </article>
  );
}

function Findings({ job, issues }: { readonly job: string; readonly issues: readonly CheckedIssue[] }) {
  if (issues.length === 0) return null;
  return (
    <ul className="findings">
      {issues.slice(0, SHOWN).map(({ severity, description, file, line, in_change }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the findings of an answer never change
        <li key={i}>
          <span className={`severity severity-${severity}`}>{severity}</span> {visible(description)}{' '}
          {file && (
            <Link to={{ job, view: 'changes', place: line ? `${file}:${line}` : file }}>
              {visible(line ? `${file}:${line}` : file)}
            </Link>
          )}
          {in_change === false && <span className="quiet"> (not part of the change)</span>}
        </li>
      ))}
      {issues.length > SHOWN && <li className="none">and {issues.length - SHOWN} more</li>}
    </ul>
  );
}
