import fc from 'fast-check';
import { expect, test } from 'vitest';
import { never } from '../kit/never.ts';
import { failureCauses, type Outcome, stopCauses, unknownUsage, verdicts } from './agent-event.ts';
import { type Errand, MAX_REVIEWS, next } from './coordinator.ts';
import type { Assignment, Event, TeamMember } from './event.ts';
import type { JobSpec } from './job.ts';
import { emptySession, evolve, type Session, workRuns } from './session.ts';

const spec: JobSpec = {
  job_id: 'job',
  trace_id: 'trace',
  skill: 'coding',
  utterance: 'do it',
  instruction: 'do it',
  target: '/project',
  team: null,
  agent: null,
  verify: 'npm test',
  budget_usd: null,
  priority: 0,
  submitted_at: 0,
  fragments: null,
  context: null,
  metadata: null,
};

/** Numbers that decide everything by chance in a world; when they are used up, everything goes well. */
type Luck = (choices: number) => number;

function luckOf(numbers: readonly number[]): Luck {
  let at = 0;
  return (choices) => (numbers[at++] ?? 0) % choices;
}

/**
 * A world that does errands in any order, with any outcome, and loses everything under way when it crashes. It checks
 * what must hold at every moment.
 */
class World {
  session: Session = emptySession;
  readonly log: Event[] = [];
  readonly #under = new Map<string, Errand>();
  readonly #assignments: readonly Assignment[];
  readonly #members: readonly TeamMember[];
  readonly #luck: Luck;
  #crashes = 0;

  constructor(assignments: readonly Assignment[], members: readonly TeamMember[], budget: number | null, luck: Luck) {
    this.#assignments = assignments;
    this.#members = members;
    this.#luck = luck;
    this.#write({ type: 'job.submitted', spec: { ...spec, budget_usd: budget } });
    this.#write({ type: 'attempt.started', worker: 'w', attempt: 1 });
  }

  /** Lives until the job has ended; fails when it stands still or never ends. */
  live(): void {
    for (let turn = 0; !this.session.ended; turn++) {
      if (turn > 3_000) throw new Error('the job never ends');
      this.#turn();
    }
    expect(next(this.session)).toEqual({ facts: [], errands: [] });
    expect(this.log.filter(({ type }) => type === 'job.ended')).toHaveLength(1);
    expect([...this.session.runs.values()].filter((run) => !run.outcome)).toEqual([]);
  }

  #turn(): void {
    const todo = next(this.session);
    expect(next(this.session)).toEqual(todo);
    expect(todo.facts.length === 0 || todo.errands.length === 0).toBe(true);
    for (const fact of todo.facts) this.#write(fact);
    if (todo.facts.length > 0) return;
    for (const errand of todo.errands) if (!this.#under.has(errand.key)) this.#begin(errand);
    if (this.#under.size === 0) throw new Error('the job stands still');
    const chance = this.#luck(40);
    if (chance === 39 && this.#crashes < 8) this.#crash();
    else if (chance === 38 && this.#luck(4) === 3) this.#stop();
    else {
      const errands = [...this.#under.values()];
      const errand = errands[this.#luck(errands.length)];
      if (errand) this.#finish(errand);
    }
  }

  #begin(errand: Errand): void {
    this.#under.set(errand.key, errand);
    if (errand.kind !== 'run') return;
    const { run, mode, assignment, agent, review, resume } = errand.order;
    const runs = [...this.session.runs.values()];
    expect(runs.some((one) => one.id === run)).toBe(false);
    const same = runs.filter((one) => one.mode === mode && one.assignment === assignment && one.agent === agent);
    expect(same.filter((one) => !one.outcome)).toEqual([]);
    if (mode === 'work') expect(runs.filter((one) => one.assignment === assignment && !one.outcome)).toEqual([]);
    const before = this.session.works.get(assignment)?.assignment.depends_on ?? [];
    for (const id of before) expect(this.session.works.get(id)?.commit).not.toBeNull();
    this.#write({ type: 'run.launching', run, agent, mode, assignment, review, resume });
    if (this.#luck(3) > 0) return;
    const seen = { type: 'session', session: `s-${run}`, model: null, version: null } as const;
    this.#write({ type: 'agent', agent, run, seen });
  }

  #finish(errand: Errand): void {
    this.#under.delete(errand.key);
    if (errand.kind === 'run') this.#end(errand.order.run, this.#outcome(errand.order.mode));
    else if (errand.kind === 'stop_runs') this.#stopRuns(errand.cause);
    else if (this.#luck(60) < 59) this.#write(this.#done(errand));
    else this.#write({ type: 'step.failed', step: errand.kind, code: 'git_failed', message: 'no' });
  }

  #done(errand: Exclude<Errand, { kind: 'run' | 'stop_runs' }>): Event {
    const change = { files: 1, insertions: 1, deletions: 0 };
    const base = 'base';
    switch (errand.kind) {
      case 'prepare_workspace':
        return { type: 'workspace.prepared', kind: 'git', base, uncommitted: false, verify: 'npm test' };
      case 'plan': {
        const [members, assignments] = [[...this.#members], [...this.#assignments]];
        return { type: 'plan.made', planner: 'test', members, assignments };
      }
      case 'open_worktree': {
        const { assignment } = errand;
        return { type: 'worktree.opened', assignment, path: `/${assignment}`, branch: assignment, base };
      }
      case 'commit': {
        const { assignment, run } = errand;
        return { type: 'work.committed', assignment, run, commit: `c-${run}`, base, change };
      }
      case 'integrate': {
        const conflicts = this.#luck(20) === 19 ? ['a.txt'] : [];
        return { type: 'work.integrated', branch: 'result', commit: 'c', change, conflicts };
      }
      case 'verify': {
        const ok = this.#luck(10) < 9;
        const exit = { code: ok ? 0 : 1, signal: null };
        return { type: 'verify.ended', command: 'npm test', exit, ok, output: '', duration_ms: 1 };
      }
      default:
        return never(errand);
    }
  }

  #outcome(mode: 'work' | 'review'): Outcome {
    const chance = this.#luck(10);
    if (chance >= 8) {
      const cause = failureCauses[this.#luck(failureCauses.length)] ?? 'crashed';
      return { kind: 'failed', cause, message: cause, http_status: null, retry_after_ms: null };
    }
    if (chance === 7) {
      const cause = stopCauses[this.#luck(stopCauses.length)] ?? 'shutdown';
      return { kind: 'stopped', cause, message: cause };
    }
    if (mode === 'work' || chance === 6) return { kind: 'completed', answer: 'all is done', structured: null };
    const verdict = verdicts[this.#luck(verdicts.length)] ?? 'approved';
    return { kind: 'completed', answer: '', structured: { verdict, summary: 'so', issues: [] } };
  }

  #end(run: string, outcome: Outcome): void {
    const usage = { ...unknownUsage, cost_usd: this.#luck(2) === 0 ? null : 0.01 };
    this.#write({ type: 'run.ended', run, outcome, exit: null, usage, duration_ms: 1 });
  }

  #stopRuns(cause: 'person' | 'limit' | 'superseded'): void {
    for (const [key, errand] of [...this.#under]) {
      if (errand.kind !== 'run') continue;
      this.#under.delete(key);
      // A run may end by itself a moment before the stop reaches it: the first cause wins.
      const stopped: Outcome = { kind: 'stopped', cause, message: cause };
      this.#end(errand.order.run, this.#luck(4) === 3 ? this.#outcome(errand.order.mode) : stopped);
    }
  }

  #crash(): void {
    this.#crashes++;
    this.#under.clear();
    this.#write({ type: 'attempt.started', worker: 'w', attempt: this.session.attempt + 1 });
  }

  #stop(): void {
    const control = { verb: 'stop', by: 'person', reason: 'enough' } as const;
    this.#write({ type: 'control.received', id: `c${this.log.length}`, control });
  }

  #write(event: Event): void {
    expect(this.session.ended).toBeNull();
    this.log.push(event);
    this.session = evolve(this.session, event, this.log.length);
  }
}

/** A plan in which each assignment depends on some of those before it. */
const plans = fc
  .array(fc.record({ agent: fc.constantFrom('claude', 'codex', 'gemini'), reviewed: fc.boolean(), on: fc.nat(63) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) =>
    parts.map(({ agent, reviewed, on }, i): Assignment => {
      const depends_on = parts.slice(0, i).flatMap((_, j) => (on & (1 << j) ? [`a${j}`] : []));
      return {
        id: `a${i}`,
        agent,
        role: 'r',
        title: 't',
        responsibilities: [],
        deliverables: [],
        depends_on,
        reviewed,
      };
    }),
  );

const teams = fc
  .subarray(['claude', 'codex', 'gemini', 'other'], { minLength: 0 })
  .map((agents) =>
    agents.map((agent): TeamMember => ({ agent, role: 'r', vendor: agent === 'other' ? 'claude' : agent })),
  );

test('whatever happens in whatever order, a job ends once, within its bounds, and never does one thing twice at once', () => {
  const budgets = fc.constantFrom(null, null, 0.05, 10);
  const luck = fc.array(fc.nat(10_000), { minLength: 50, maxLength: 400, size: 'max' });
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(plans, teams, budgets, luck, (assignments, members, budget, numbers) => {
      const world = new World(assignments, members, budget, luckOf(numbers));
      world.live();
      const { session } = world;
      for (const { id } of assignments) {
        expect(workRuns(session, id).length).toBeLessThanOrEqual(11 + 3 + MAX_REVIEWS);
        const reviews = [...session.reviews.values()].filter((review) => review.assignment === id);
        expect(reviews.length).toBeLessThanOrEqual(MAX_REVIEWS);
      }
      for (const review of session.reviews.values()) {
        expect(new Set(review.answers.map(({ reviewer }) => reviewer)).size).toBe(review.answers.length);
      }
      const cause = session.ended?.cause ?? '';
      ends.set(cause, (ends.get(cause) ?? 0) + 1);
      expect(session.ended?.status === 'completed').toBe(cause === 'completed');
      if (cause === 'completed') expect(session.verified?.ok).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  // The worlds are not all alike: without this the test could pass while only one path is walked.
  expect([...ends.keys()]).toEqual(
    expect.arrayContaining(['completed', 'stopped', 'agent_failed', 'budget', 'git_failed']),
  );
});

test('with luck alone every plan is completed', () => {
  fc.assert(
    fc.property(plans, teams, (assignments, members) => {
      const world = new World(assignments, members, null, () => 0);
      world.live();
      expect(world.session.ended).toMatchObject({ status: 'completed' });
    }),
  );
});
