import type { Event } from '../domain/event.ts';
import { earlierRecoveries, livesOf } from '../domain/lives.ts';
import { chooseCure } from '../domain/recovery/choose.ts';
import { directoriesIn } from '../domain/recovery/directories.ts';
import { matchRecovery, type Recovery, type Words } from '../domain/recovery/pattern.ts';
import type { Run, Session } from '../domain/session.ts';
import type { Workshop } from './workshop.ts';

/** The name under which patterns know an agent: its own, else that of the program behind it. */
export function knownAs(shop: Workshop, agent: string): string {
  const protocol = shop.drivers.get(agent)?.config.protocol;
  const isNamed = shop.troubles.some((trouble) => trouble.agent === agent);
  return isNamed || (protocol !== 'claude' && protocol !== 'codex') ? agent : protocol;
}

/** What the patterns say about words of an agent; null when they know no such trouble. */
export function lookUp(shop: Workshop, agent: string, words: Words, retryAfterMs: number | null): Recovery | null {
  const now = shop.clock.now();
  const localNow = now - new Date(now).getTimezoneOffset() * 60_000;
  return matchRecovery(shop.troubles, knownAs(shop, agent), words, localNow, retryAfterMs);
}

/** What was done before about the same piece of work: what counts as its tries. */
function historyOf(session: Session, run: Run) {
  const work = run.mode === 'work' ? session.works.get(run.assignment) : undefined;
  if (work) {
    const { runs, forgiven } = livesOf(session, work);
    return earlierRecoveries(session, runs, forgiven);
  }
  const same = [...session.runs.values()].filter((one) => {
    return one.mode === run.mode && one.agent === run.agent && one.review === run.review;
  });
  return earlierRecoveries(session, same, 0);
}

/** Finds out what made a run fail, and decides what is done about it. */
export function diagnose(
  shop: Workshop,
  session: Session,
  id: string,
  stderr: string,
  roots: readonly string[],
): readonly Event[] {
  const run = session.runs.get(id);
  const outcome = run?.outcome;
  if (!run || !outcome || outcome.kind === 'completed') return [];
  const { agent, trouble } = run;
  const failed = outcome.kind === 'failed' ? outcome : null;
  const said = trouble?.words ?? '';
  const words: Words = {
    cause: failed?.cause ?? null,
    message: trouble ? '' : outcome.message,
    stderr: trouble ? '' : stderr,
    ...(trouble ? { tool: said, notice: said } : {}),
    version: run.version,
  };
  const found = lookUp(shop, agent, words, failed?.retry_after_ms ?? null);
  const history = historyOf(session, run);
  const directories = directoriesIn(trouble ? said : `${outcome.message}\n${stderr}`, roots);
  const cure = chooseCure(found, history, outcome, shop.clock.now(), run.changes, directories);
  const { pattern, issue, action, status, tries, nth, wait_until, fresh, changes, text } = cure;
  const rest = { pattern, issue, action, status, tries, retry_count: nth, wait_until, fresh, text, cure: cure.cure };
  return [
    {
      type: 'recovery.taken',
      run: id,
      worker: agent,
      ...rest,
      changes,
    },
  ];
}

/**
 * The pattern that shows in words of a running agent, when stopping it and changing its launch would help; null else, and
 * once the pattern's tries are used up: then the agent goes on as well as it can.
 */
export function troubleIn(
  shop: Workshop,
  session: Session,
  id: string,
  words: Words,
  roots: readonly string[],
): Recovery | null {
  const run = session.runs.get(id);
  if (!run || run.trouble || run.mode !== 'work') return null;
  const found = lookUp(shop, run.agent, words, null);
  if (!found || (found.where !== 'tool' && found.where !== 'notice')) return null;
  const changesLaunch = found.cure === 'relaunch_with_directories' || found.cure === 'relaunch_with_skip_flag';
  if (!changesLaunch && found.cure !== 'relaunch') return null;
  const history = historyOf(session, run);
  const outcome = { kind: 'stopped', cause: 'superseded', message: '' } as const;
  const text = `${words.tool ?? ''}\n${words.notice ?? ''}`;
  const cure = chooseCure(found, history, outcome, 0, run.changes, directoriesIn(text, roots));
  return cure.status === 'started' ? found : null;
}
