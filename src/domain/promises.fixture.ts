import { type Errand, type Next, next } from './coordinator.ts';
import type { Event } from './event.ts';
import { decide } from './review/policy.ts';
import { openQuestions, openRuns, type Session, workRuns } from './session.ts';
import { isSettled } from './work-state.ts';

/** @throws Error with this sentence where a promise is broken */
export function must(holds: boolean, promise: string): void {
  if (!holds) throw new Error(promise);
}

/** Errands that are done once: what they leave behind says so. */
const once = new Set(['prepare_workspace', 'choose_team', 'open_worktree', 'commit', 'diagnose']);

/** Holds a world to what must be true at every moment, whatever happens in it. */
export class Watch {
  readonly #done = new Set<string>();
  readonly #reached = new Map<string, string>();
  /** Work and reviews of which the last life ended without hope, until a person gives new ones. */
  readonly #hopeless = new Set<string>();
  readonly #lookedAt = new Map<string, number>();
  #checked = '';
  #taken = 0;
  #settled = 0;
  #open = false;

  /** What is asked for next, before any of it is done. */
  told(session: Session, todo: Next, now: number): void {
    must(JSON.stringify(next(session, now)) === JSON.stringify(todo), 'asking twice gives the same answer');
    must(todo.facts.length <= 1, 'one fact is written at a time');
    must(todo.facts.length === 0 || todo.errands.length === 0, 'facts come before errands');
    must(todo.wake === null || todo.wake > now, 'a wake lies ahead');
    for (const errand of todo.errands) {
      if (errand.kind !== 'request_review' || !['silence', 'rereview'].includes(errand.order.trigger)) continue;
      const lookedAt = this.#lookedAt.get(errand.order.assignment) ?? 0;
      must(
        now - lookedAt >= session.rules.rereview_ms,
        'where nothing was found to review, nobody looks at once again',
      );
    }
  }

  saw(before: Session, event: Event, after: Session): void {
    switch (event.type) {
      case 'attempt.started':
        this.#open = true;
        if (before.ended) this.#hopeless.clear();
        break;
      case 'job.ended':
        must(this.#open, 'a job ends once');
        this.#open = false;
        checkEnd(before, event);
        if (event.status === 'completed') this.#checkResult(before);
        break;
      case 'control.received':
        this.#taken += after.inbox.length - before.inbox.length;
        if (event.control.verb === 'steer' && after.inbox.length === before.inbox.length)
          must(after.messages.size > before.messages.size, 'what a person said is kept');
        break;
      case 'verify.ended':
        this.#checked = event.output;
        break;
      case 'review.skipped':
        this.#lookedAt.set(event.assignment, after.lastAt);
        break;
      case 'control.refused':
        this.#settled++;
        break;
      case 'question.asked':
        must(!before.questions.has(event.question), 'a question has a name of its own');
        break;
      case 'question.answered':
        this.#settled++;
        this.#checkAnswer(before, event.question, after);
        break;
      case 'assignment.handed_over':
        this.#hopeless.delete(event.assignment);
        break;
      case 'recovery.taken': {
        const run = before.runs.get(event.run);
        if (run && event.status === 'escalated') this.#hopeless.add(run.review ? run.id : run.assignment);
        break;
      }
      case 'run.launching':
        for (const message of event.messages) this.#reach(message, event.run);
        break;
      case 'message.delivered':
        this.#reach(event.message, event.run);
        break;
      case 'decision.made': {
        const verdicts = before.reviews.get(event.review)?.answers.map(({ verdict }) => verdict) ?? [];
        must(decide(verdicts).action === event.action, 'a decision follows from the answers');
        break;
      }
      default:
    }
    must(this.#taken === this.#settled + after.inbox.length, 'each answer is taken or refused, once');
    must(after.messages.size >= before.messages.size, 'no message is lost');
  }

  #reach(message: string, run: string): void {
    must(!this.#reached.has(message), `the message ${message} reaches one run`);
    this.#reached.set(message, run);
  }

  #checkAnswer(before: Session, id: string, after: Session): void {
    const question = before.questions.get(id);
    must(question?.closed === null, 'only an open question is answered');
    must(after.questions.get(id)?.closed?.answer !== null, 'an answer is written down');
    if (question?.kind === 'agent') must(after.messages.has(id), 'an answer becomes a message to who asked');
    if (question?.kind === 'trouble') this.#hopeless.delete(question.assignment ?? '');
  }

  begins(session: Session, errand: Errand): void {
    must(!this.#done.has(errand.key), `${errand.key} is done once`);
    if (errand.kind !== 'run') return;
    const { run, mode, assignment, agent, review, resume } = errand.order;
    const runs = [...session.runs.values()];
    must(!session.runs.has(run), `the run ${run} is begun once`);
    const isSame = (one: (typeof runs)[number]) =>
      one.mode === mode && one.assignment === assignment && (mode === 'work' || one.agent === agent);
    must(!openRuns(session).some(isSame), `one run at a time does the work of ${assignment}`);
    must(!session.paused && !session.pausedAgents.has(agent), 'nothing is begun while it is paused');
    must(!session.reached, 'nothing is begun beyond a limit');
    const turns = session.spec?.limits.turns;
    if (turns)
      must(runs.length < turns * (1 + (session.raises.get('turns') ?? 0)), 'no turn is begun beyond the limit');
    if (resume !== null)
      must(
        runs.some((one) => one.agent === agent && one.session === resume),
        'an agent resumes its own conversation',
      );
    if (mode !== 'work') return;
    must(!this.#hopeless.has(assignment), 'no run is begun beyond the tries');
    must(!openQuestions(session).some((one) => one.kind === 'review' || one.assignment === assignment), 'asked first');
    const work = session.works.get(assignment);
    must(work?.skipped === null && review !== undefined, 'only what is to be done is begun');
    if (workRuns(session, assignment).length > 0) return;
    for (const id of work?.assignment.depends_on ?? []) {
      const before = session.works.get(id);
      must(before !== undefined && isSettled(session, before), 'what it depends on is settled');
    }
  }

  /** What was said to the authors has reached them, and the result is made of what they last did, and checked. */
  #checkResult(session: Session): void {
    for (const message of session.messages.values()) {
      const isLeft = session.works.get(message.assignment)?.skipped === null;
      if (message.urgent && isLeft) must(this.#reached.has(message.id), `the message ${message.id} reached its run`);
    }
    const result = resultOf(session);
    must(session.integrated?.commit === result, 'the result holds the last of all work');
    if (session.workspace?.verify) must(this.#checked === result, 'the result itself was checked');
  }

  done(errand: Errand): void {
    if (once.has(errand.kind)) this.#done.add(errand.key);
  }
}

/** What the result is made of. */
export function resultOf({ works }: Session): string {
  return [...works.values()].flatMap(({ skipped, commit }) => (skipped === null ? (commit ?? []) : [])).join(' ');
}

const causes = new Set([
  ...['completed', 'stopped', 'skipped', 'verify_failed', 'git_failed'],
  ...['unanswered', 'blocked', 'review_blocked', 'agent_failed', 'conflict', 'budget'],
]);

function checkEnd(session: Session, { status, cause }: Extract<Event, { type: 'job.ended' }>): void {
  must(causes.has(cause), `${cause} is a cause we know`);
  must((status === 'completed') === (cause === 'completed'), 'a status fits its cause');
  must((status === 'cancelled') === (cause === 'stopped'), 'only a stop cancels');
  must(openRuns(session).length === 0, 'no run outlives the job');
  if (status !== 'completed') return;
  must(openQuestions(session).length === 0, 'a completed job leaves no question open');
  must(session.integrated?.conflicts.length === 0, 'a completed job has a result');
  if (session.workspace?.verify) must(session.verified !== null, 'the result was checked');
  must(!session.verified || session.verified.ok || !session.verified.counts, 'the result passes its check');
  for (const work of session.works.values()) must(isSettled(session, work), 'all work is settled');
  const brought = [...session.works.values()].filter((work) => work.skipped === null);
  must(brought.length > 0, 'a completed job has done something');
}
