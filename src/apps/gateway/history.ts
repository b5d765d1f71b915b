import { START } from '../../domain/cursor.ts';
import { evolve } from '../../domain/evolve.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import type { Engine } from '../../ports/engine.ts';

const PAGE = 1_000;

/** What a job's journal tells: its fold, and the process of each run. */
export interface History {
  readonly session: Session;
  readonly pids: ReadonlyMap<string, number>;
}

export async function historyOf(engine: Engine, job: string): Promise<History> {
  let session = emptySession;
  const pids = new Map<string, number>();
  for (let after = START; ; ) {
    const page = await engine.page(job, after, PAGE);
    for (const { event, at } of page) {
      session = evolve(session, event, at);
      if (event.type === 'run.started') pids.set(event.run, event.pid);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { session, pids };
    after = last.cursor;
  }
}
