import type { Event, HealthState } from '../event.ts';

/** Runs that live now, with their health; the key holds job and run. */
export type LiveRuns = ReadonlyMap<string, HealthState>;

export const noRuns: LiveRuns = new Map();

/** The live runs after an event of a job. The same map when nothing changed about them. */
export function liveAfter(live: LiveRuns, job: string, event: Event): LiveRuns {
  switch (event.type) {
    case 'attempt.started':
    case 'job.ended':
      return withoutJob(live, job);
    case 'run.launching':
    case 'run.health':
    case 'agent': {
      const key = `${job} ${event.run}`;
      const state = event.type === 'run.health' ? event.state : 'working';
      const isKnown = live.has(key) || event.type === 'run.launching';
      return isKnown && live.get(key) !== state ? new Map(live).set(key, state) : live;
    }
    case 'run.ended': {
      const left = new Map(live);
      return left.delete(`${job} ${event.run}`) ? left : live;
    }
    default: // says nothing of a run's life
      return live;
  }
}

/** The live runs without those of a job: it is over here. */
export function withoutJob(live: LiveRuns, job: string): LiveRuns {
  const left = [...live].filter(([key]) => !key.startsWith(`${job} `));
  return left.length === live.size ? live : new Map(left);
}
