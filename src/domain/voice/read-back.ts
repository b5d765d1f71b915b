import type { Routing } from '../routing/route.ts';
import { targetText } from '../routing/target.ts';
import { fewWords } from './spoken.ts';

/** More jobs than this out of one sentence are costly. */
const MANY_JOBS = 3;
/** Words about money, and about what cannot be taken back. */
const grave =
  /\b(?:budgets?|spend|buy|purchase|pay|refund)\b|^\W*(?:please |now |and )*(?:apply|discard|delete|erase|wipe|deploy|publish|release|order)\b/i;

/**
 * What is read back before words go to the router, as a question; null for what goes at once. Stopping work, many jobs, and
 * words about money or about what cannot be taken back wait for a yes: a service that only writes down may have misheard.
 * @param routing what the router makes of the words
 */
export function readBackWords(words: string, { jobs, controls }: Pick<Routing, 'jobs' | 'controls'>): string | null {
  const stopped = controls.filter(({ verb }) => verb === 'stop').map(({ target }) => targetText(target));
  if (stopped.length > 0) return `Shall I stop ${stopped.map((target) => fewWords(target)).join(' and ')}?`;
  if (jobs.length > MANY_JOBS) return `Shall I begin ${jobs.length} jobs: ${fewWords(words, 12)}?`;
  return jobs.length > 0 && grave.test(words) ? `Shall I hand this in as a task: ${fewWords(words, 12)}?` : null;
}
