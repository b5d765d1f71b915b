import type { JobCard } from '../../../src/wire/job-card.ts';
import { type Filter, noFilter } from '../route.ts';

/** A failure is the person's business for so long. Milliseconds. */
const FRESH_MS = 24 * 3_600_000;

/** The jobs as the person needs them: each stands in one place only. */
export interface Sorted {
  /** Somebody asks the person something. */
  readonly asking: readonly JobCard[];
  /** Failed within a day. */
  readonly failed: readonly JobCard[];
  readonly open: readonly JobCard[];
  /** What has ended; with a filter, whatever fits it. */
  readonly history: readonly JobCard[];
}

/** @param now epoch milliseconds */
export function sortCards(cards: readonly JobCard[], filter: Filter, now: number): Sorted {
  const asking = cards.filter(({ questions }) => questions.length > 0);
  const failed = cards.filter((card) => isFreshFailure(card, now));
  const open = cards.filter((card) => !card.is_complete && card.questions.length === 0);
  const isFiltered = Object.values(filter).some((one) => one !== '');
  const history = isFiltered
    ? cards.filter((card) => fits(card, filter))
    : cards.filter((card) => card.is_complete && !isFreshFailure(card, now));
  return { asking, failed, open, history };
}

function isFreshFailure({ status, ended_at }: JobCard, now: number): boolean {
  return status === 'failed' && ended_at !== null && now - Date.parse(ended_at) < FRESH_MS;
}

/** Whether a job is one that is looked for: all words somewhere in what its card tells. */
export function fits(card: JobCard, { text, status, skill, agent }: Filter = noFilter): boolean {
  if (status !== '' && card.status !== status) return false;
  if (skill !== '' && card.skill !== skill) return false;
  if (agent !== '' && !card.agents.some((one) => one.agent === agent)) return false;
  const told = `${card.instruction} ${card.target} ${card.summary ?? ''} ${card.id}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => told.includes(word));
}
