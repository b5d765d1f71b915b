import { never } from '../kit/never.ts';
import { type Outcome, unknownUsage } from './agent-event.ts';
import { help, type Luck, lively, outcomeOf, pick, recoveryOf, showing, wishOf } from './chance.fixture.ts';
import { type Errand, next } from './coordinator.ts';
import type { Event, TeamMember } from './event.ts';
import { evolve } from './evolve.ts';
import type { Control, JobSpec } from './job.ts';
import { chosen, planned, someChange, stoppedBy, submitted } from './journal.fixture.ts';
import type { Assignment } from './planning/assignment.ts';
import { must, resultOf, type Watch } from './promises.fixture.ts';
import { reviewersOf } from './review/next-review.ts';
import { emptySession, openRuns, type Session } from './session.ts';

export interface Setting {
  readonly assignments: readonly Assignment[];
  readonly members: readonly TeamMember[];
  readonly spec: Partial<JobSpec>;
  readonly handOver: boolean;
  readonly planner: string | null;
}

type Stop = Parameters<typeof stoppedBy>[0];

/** A job that stands still or goes round and round takes more turns than this. */
const MAX_TURNS = 4_000;

/**
 * A world that does errands in any order, with any outcome, loses everything under way when it crashes, and has a person
 * who asks for anything at any time and comes to help in the end. Each thing that happens is shown to the watch.
 */
export class World {
  session: Session = emptySession;
  now = 0;
  readonly log: { readonly event: Event; readonly at: number }[] = [];
  /** What is under way, and the state it was begun from. */
  readonly #under = new Map<string, { readonly errand: Errand; readonly from: Session }>();
  readonly #setting: Setting;
  readonly #luck: Luck;
  readonly #watch: Watch;
  #crashes = 0;
  #reopened = 0;

  constructor(setting: Setting, luck: Luck, watch: Watch) {
    this.#setting = setting;
    this.#luck = luck;
    this.#watch = watch;
  }

  begin(): void {
    this.write(submitted({ verify: 'npm test', ...this.#setting.spec }));
    this.write({ type: 'attempt.started', worker: 'w', attempt: 1 });
  }

  /** Lives until the job has ended for good; fails when it stands still or never ends. */
  live(): void {
    for (let turn = 0; ; turn++) {
      must(turn < MAX_TURNS, 'the job never ends');
      if (!this.session.ended) this.#turn();
      else if (this.#reopened < 2 && this.#luck(2) === 1) this.#reopen();
      else return;
    }
  }

  /** Everything under way is lost with our process. */
  crash(): void {
    this.#crashes++;
    this.#under.clear();
    this.write({ type: 'attempt.started', worker: 'w', attempt: this.session.attempt + 1 });
  }

  write(event: Event): void {
    const before = this.session;
    this.log.push({ event, at: ++this.now });
    this.session = evolve(before, event, this.now);
    this.#watch.saw(before, event, this.session);
  }

  #turn(): void {
    const todo = next(this.session, this.now);
    this.#watch.told(this.session, todo, this.now);
    for (const fact of todo.facts) this.write(fact);
    if (todo.facts.length > 0) return;
    for (const errand of todo.errands) if (!this.#under.has(errand.key)) this.#begin(errand);
    const chance = this.#luck(24);
    if (chance === 23 && this.#crashes < 8) this.crash();
    else if (chance >= 20) {
      const wish = wishOf(this.#luck, this.session);
      for (let times = this.#luck(3); times >= 0; times--)
        this.#wish(times > 0 ? wish : wishOf(this.#luck, this.session));
    } else if (chance >= 15) this.#show();
    else if (chance === 14) this.now += 60_000 * this.#luck(40);
    else this.#goOn(todo.wake);
  }

  #show(): void {
    const runs = lively(this.session).filter((run) => run.mode === 'work');
    if (runs.length > 0) this.write(showing(this.#luck, pick(this.#luck, runs)));
  }

  /** An errand is finished; where none can be, somebody helps or time passes. */
  #goOn(wake: number | null): void {
    const able = [...this.#under.values()].filter(({ errand }) => !this.#isFrozen(errand));
    if (able.length > 0) {
      this.#finish(pick(this.#luck, able));
      return;
    }
    const control = help(this.#luck, this.session);
    must(control !== null || wake !== null, 'the job stands still');
    if (control && (wake === null || this.#luck(3) < 2)) this.#wish(control);
    else this.now = Math.max(this.now, wake ?? 0);
  }

  #isFrozen(errand: Errand): boolean {
    return errand.kind === 'run' && this.session.runs.get(errand.order.run)?.heldSince !== null;
  }

  #wish(control: Control): void {
    this.write({ type: 'control.received', id: `c${this.log.length}`, control });
  }

  #reopen(): void {
    this.#reopened++;
    this.#under.clear();
    this.write({ type: 'attempt.started', worker: 'w', attempt: this.session.attempt + 1 });
    this.#wish({ verb: 'resume', by: 'me', agent: null });
  }

  #begin(errand: Errand): void {
    this.#watch.begins(this.session, errand);
    this.#under.set(errand.key, { errand, from: this.session });
    if (errand.kind !== 'run') return;
    const { messages, changes, ...rest } = errand.order;
    const launch = { ...changes, directories: [...changes.directories] };
    this.write({ type: 'run.launching', ...rest, messages: [...messages], changes: launch });
  }

  #finish({ errand, from }: { readonly errand: Errand; readonly from: Session }): void {
    this.#under.delete(errand.key);
    if (this.#luck(300) === 299) {
      this.write({ type: 'step.failed', step: errand.kind, code: 'git_failed', message: 'no' });
      return;
    }
    switch (errand.kind) {
      case 'run':
        this.#end(errand.order.run, outcomeOf(this.#luck, errand.order.mode));
        return;
      case 'stop_run':
        this.#stop(errand.run, errand.cause);
        return;
      case 'stop_runs':
        for (const run of openRuns(this.session)) this.#stop(run.id, errand.cause);
        return;
      case 'hold':
        this.write({ type: 'run.held', run: errand.run, held: errand.held, why: errand.why });
        return;
      case 'steer':
        this.#steer(errand.message, errand.run);
        return;
      case 'leave':
        this.crash();
        this.#wish({ verb: 'resume', by: 'me', agent: null });
        return;
      default:
        for (const event of this.#done(errand, from)) this.write(event);
        this.#watch.done(errand);
    }
  }

  #steer(message: string, run: string): void {
    if (this.session.runs.get(run)?.outcome) return; // the next run brings it
    const type = this.#luck(2) === 0 ? 'message.delivered' : 'message.deferred';
    this.write({ type, message, run });
  }

  #done(
    errand: Exclude<Errand, { kind: 'run' | 'stop_run' | 'stop_runs' | 'hold' | 'steer' | 'leave' }>,
    from: Session,
  ): Event[] {
    const { assignments, members, handOver, planner, spec } = this.#setting;
    const base = 'base';
    switch (errand.kind) {
      case 'prepare_workspace': {
        const verify = spec.verify === undefined ? 'npm test' : spec.verify;
        return [{ type: 'workspace.prepared', kind: 'git', base, uncommitted: false, verify, detected: null }];
      }
      case 'choose_team':
        return [chosen(members, { hand_over: handOver, planner })];
      case 'summarise':
        return [{ type: 'summary.made', spoken: 'It is done.', written: 'All of it.', by: null, why: errand.why }];
      case 'plan':
        if (errand.run === null || this.#luck(3) < 2) return [planned(...assignments)];
        return [{ type: 'plan.rejected', run: errand.run, why: 'no JSON' }];
      case 'open_worktree': {
        const { assignment } = errand;
        return [{ type: 'worktree.opened', assignment, path: '/', branch: assignment, base, conflicts: [] }];
      }
      case 'diagnose': {
        const run = this.session.runs.get(errand.run);
        if (!run) return [];
        const { recoveries } = this.session;
        const earlier = recoveries.filter(({ run: id }) => id.split('.')[0] === run.id.split('.')[0]).length;
        return [recoveryOf(this.#luck, run, earlier, this.now)];
      }
      case 'commit': {
        const { assignment, run } = errand;
        const rest = { base, change: someChange, unresolved: [] };
        return [{ type: 'work.committed', assignment, run, commit: `c-${run}`, ...rest }];
      }
      case 'request_review':
        return this.#request(errand.order);
      case 'integrate': {
        const conflicts = this.#luck(8) === 7 ? ['a.txt'] : [];
        return [{ type: 'work.integrated', branch: 'result', commit: resultOf(from), change: someChange, conflicts }];
      }
      case 'verify': {
        const ok = this.#luck(6) < 5;
        const rest = { exit: { code: ok ? 0 : 1, signal: null }, output: resultOf(from), duration_ms: 1 };
        const commit = from.integrated?.commit ?? '';
        return [{ type: 'verify.ended', commit, command: 'npm test', ok, counts: this.#luck(4) < 3, ...rest }];
      }
      default:
        return never(errand);
    }
  }

  #request({ assignment, run, trigger, focus, report, commit }: Extract<Errand, { kind: 'request_review' }>['order']) {
    const skipped: Event = { type: 'review.skipped', assignment, trigger, why: 'nothing has been changed yet' };
    if (commit === null && trigger !== 'person' && this.#luck(3) === 2) return [skipped];
    const review = `review_${this.session.reviews.size + 1}`;
    const reviewers = [...reviewersOf(this.session, this.session.works.get(assignment)?.assignment.agent ?? '')];
    const about = { assignment, run, trigger, focus, report, reviewers, touched: [] };
    return [{ type: 'review.requested', review, ...about, commit: commit ?? `snapshot-${this.log.length}` } as Event];
  }

  #end(run: string, outcome: Outcome): void {
    this.#under.delete(`run:${run}`);
    const cost_usd = this.#luck(2) === 0 ? null : 0.01;
    const usage = { ...unknownUsage, cost_usd, input_tokens: 100 };
    if (this.session.runs.get(run)?.outcome === null)
      this.write({ type: 'run.ended', run, outcome, exit: null, usage, duration_ms: 1 });
  }

  /** A run may end by itself a moment before the stop reaches it: the first cause wins. */
  #stop(run: string, cause: Stop): void {
    const mode = this.session.runs.get(run)?.mode ?? 'work';
    this.#end(run, this.#luck(4) === 3 ? outcomeOf(this.#luck, mode) : stoppedBy(cause));
  }
}
