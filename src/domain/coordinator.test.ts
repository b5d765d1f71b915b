import { describe, expect, test } from 'vitest';
import { type FailureCause, type Outcome, type ReviewAnswer, unknownUsage } from './agent-event.ts';
import { next } from './coordinator.ts';
import type { Assignment, Event, TeamMember } from './event.ts';
import type { JobSpec } from './job.ts';
import { emptySession, evolve } from './session.ts';

const spec: JobSpec = {
  job_id: 'job',
  trace_id: 'trace',
  skill: 'coding',
  utterance: 'do it',
  instruction: 'do it',
  target: '/project',
  team: null,
  agent: null,
  verify: null,
  budget_usd: null,
  priority: 0,
  submitted_at: 0,
  fragments: null,
  context: null,
  metadata: null,
};

const big3: readonly TeamMember[] = [
  { agent: 'claude', role: 'implementer', vendor: 'anthropic' },
  { agent: 'codex', role: 'reviewer', vendor: 'openai' },
  { agent: 'gemini', role: 'reviewer', vendor: 'google' },
];

/** Events of a journal, each in one word. */
const submitted = (more: Partial<JobSpec> = {}): Event => ({ type: 'job.submitted', spec: { ...spec, ...more } });
const attempt = (n: number): Event => ({ type: 'attempt.started', worker: 'w', attempt: n });
const prepared = (verify: string | null = null): Event => {
  return { type: 'workspace.prepared', kind: 'git', base: 'base', uncommitted: false, verify };
};
const assignment = (id: string, more: Partial<Assignment> = {}): Assignment => {
  const texts = { role: 'implementer', title: 't', responsibilities: [], deliverables: [] };
  return { id, agent: 'claude', ...texts, depends_on: [], reviewed: true, ...more };
};
const planned = (assignments: readonly Assignment[] = [assignment('a')], members = big3): Event => {
  return { type: 'plan.made', planner: 'test', members: [...members], assignments: [...assignments] };
};
const opened = (id = 'a'): Event => ({
  type: 'worktree.opened',
  assignment: id,
  path: '/a',
  branch: 'b',
  base: 'base',
});
const launched = (run = 'a.1', more: Partial<Extract<Event, { type: 'run.launching' }>> = {}): Event => {
  return {
    type: 'run.launching',
    run,
    agent: 'claude',
    mode: 'work',
    assignment: 'a',
    review: null,
    resume: null,
    ...more,
  };
};
const told = (run: string, session: string): Event => {
  return { type: 'agent', agent: 'claude', run, seen: { type: 'session', session, model: null, version: null } };
};
const ended = (run: string, outcome: Outcome, cost_usd: number | null = null): Event => {
  return { type: 'run.ended', run, outcome, exit: null, usage: { ...unknownUsage, cost_usd }, duration_ms: 1 };
};
const done: Outcome = { kind: 'completed', answer: 'done', structured: null };
const failed = (cause: FailureCause): Outcome => {
  return { kind: 'failed', cause, message: cause, http_status: null, retry_after_ms: null };
};
const committed = (run = 'a.1'): Event => {
  const change = { files: 1, insertions: 1, deletions: 0 };
  return { type: 'work.committed', assignment: 'a', run, commit: `c-${run}`, base: 'base', change };
};
const asked = (review: string, run: string, reviewers = ['codex', 'gemini']): Event => {
  const trigger = 'milestone' as const;
  return { type: 'review.requested', review, assignment: 'a', run, trigger, reviewers, commit: `c-${run}` };
};
const answered = (review: string, reviewer: string, verdict: ReviewAnswer['verdict'] | null): Event => {
  return {
    type: 'review.answered',
    review,
    reviewer,
    run: `${review}.${reviewer}.1`,
    verdict,
    summary: '',
    issues: [],
  };
};
const decided = (review: string, action: Extract<Event, { type: 'decision.made' }>['action']): Event => {
  return { type: 'decision.made', review, action, reason: '' };
};
const stopped: Event = { type: 'control.received', id: 'c', control: { verb: 'stop', by: 'me', reason: 'enough' } };

const working = [submitted(), attempt(1), prepared(), planned(), opened(), launched()];
const worked = [...working, ended('a.1', done), committed()];
const review = (run: string, agent: string) => launched(run, { agent, mode: 'review', review: 'review_001' });

function given(...events: readonly Event[]) {
  const session = events.reduce((before, event, at) => evolve(before, event, at), emptySession);
  return next(session);
}

/** What is done next, without the words around it. */
const errands = (...events: readonly Event[]) => given(...events).errands;
const facts = (...events: readonly Event[]) => given(...events).facts;

describe('the way of a job', () => {
  test('workspace, plan, worktree, run, commit, review: each when the one before is written down', () => {
    expect(errands(submitted(), attempt(1))).toMatchObject([{ kind: 'prepare_workspace' }]);
    expect(errands(submitted(), attempt(1), prepared())).toMatchObject([{ kind: 'plan' }]);
    expect(errands(...working.slice(0, 4))).toMatchObject([{ kind: 'open_worktree', assignment: 'a' }]);
    expect(errands(...working.slice(0, 5))).toMatchObject([{ kind: 'run', order: { run: 'a.1', resume: null } }]);
    expect(given(...working)).toEqual({ facts: [], errands: [] });
    expect(errands(...working, ended('a.1', done))).toMatchObject([{ kind: 'commit', run: 'a.1' }]);
    expect(facts(...worked)).toMatchObject([{ type: 'review.requested', reviewers: ['codex', 'gemini'] }]);
  });

  test('work that depends on other work begins when that is settled, reviews included', () => {
    const plan = planned([assignment('a'), assignment('b', { depends_on: ['a'], reviewed: false })]);
    const before = [submitted(), attempt(1), prepared(), plan, opened(), launched(), ended('a.1', done), committed()];
    const asking = [...before, asked('review_001', 'a.1', [])];
    expect(facts(...asking)).toMatchObject([{ type: 'decision.made', action: 'CONTINUE' }]);
    const after = [...asking, decided('review_001', 'CONTINUE')];
    expect(errands(...after)).toMatchObject([{ kind: 'open_worktree', assignment: 'b' }]);
  });

  test('a solo job is integrated without any review, and completed without a check command', () => {
    const solo = planned([assignment('a', { reviewed: false })], big3.slice(0, 1));
    const over = [submitted({ agent: 'claude' }), attempt(1), prepared(), solo, opened(), launched()];
    const ready = [...over, ended('a.1', done), committed()];
    expect(errands(...ready)).toMatchObject([{ kind: 'integrate' }]);
    const change = { files: 1, insertions: 1, deletions: 0 };
    const integrated: Event = { type: 'work.integrated', branch: 'r', commit: 'c', change, conflicts: [] };
    expect(facts(...ready, integrated)).toMatchObject([{ type: 'job.ended', status: 'completed' }]);
    const conflict: Event = { ...integrated, conflicts: ['x.txt'] };
    expect(facts(...ready, conflict)).toMatchObject([{ type: 'job.ended', status: 'failed', cause: 'conflict' }]);
  });

  test('a result whose check fails is a failed job, not a completed one', () => {
    const solo = planned([assignment('a', { reviewed: false })]);
    const change = { files: 1, insertions: 1, deletions: 0 };
    const ready: Event[] = [
      ...[submitted(), attempt(1), prepared('npm test'), solo, opened(), launched(), ended('a.1', done), committed()],
      { type: 'work.integrated', branch: 'r', commit: 'c', change, conflicts: [] },
    ];
    expect(errands(...ready)).toMatchObject([{ kind: 'verify', command: 'npm test' }]);
    const exit = { code: 1, signal: null };
    const verified: Event = { type: 'verify.ended', command: 'npm test', exit, ok: false, output: '', duration_ms: 1 };
    expect(facts(...ready, verified)).toMatchObject([{ status: 'failed', cause: 'verify_failed' }]);
  });
});

describe('reviews', () => {
  const asking = [...worked, asked('review_001', 'a.1')];

  test('go to members of other vendors, each agent once; where there is none the decision says so', () => {
    const twins = [
      ...big3,
      { agent: 'claude-2', role: 'reviewer', vendor: 'anthropic' },
      { ...big3[1], role: 'tester' } as TeamMember,
    ];
    const same = [submitted(), attempt(1), prepared(), planned([assignment('a')], twins), ...worked.slice(4)];
    expect(facts(...same)).toMatchObject([{ reviewers: ['codex', 'gemini'] }]);
    const alone = [
      submitted(),
      attempt(1),
      prepared(),
      planned([assignment('a')], big3.slice(0, 1)),
      ...worked.slice(4),
    ];
    expect(facts(...alone)).toMatchObject([{ type: 'review.requested', reviewers: [] }]);
    expect(facts(...alone, asked('review_001', 'a.1', []))).toMatchObject([
      { reason: 'no reviewer of another vendor' },
    ]);
  });

  test('run side by side, and the decision waits for all of them', () => {
    expect(errands(...asking).map(({ key }) => key)).toEqual(['run:review_001.codex.1', 'run:review_001.gemini.1']);
    const one = [...asking, review('review_001.codex.1', 'codex'), review('review_001.gemini.1', 'gemini')];
    expect(given(...one, answered('review_001', 'codex', 'approved'))).toEqual({ facts: [], errands: [] });
    const both = [...asking, answered('review_001', 'codex', 'approved'), answered('review_001', 'gemini', 'approved')];
    expect(facts(...both)).toMatchObject([{ type: 'decision.made', action: 'CONTINUE' }]);
  });

  test('whose answer cannot be read are asked once more, and then count as no verdict', () => {
    const first = [...asking, review('review_001.codex.1', 'codex'), ended('review_001.codex.1', done)];
    expect(errands(...first)[0]).toMatchObject({ order: { run: 'review_001.codex.2', resume: null } });
    const second = [...first, review('review_001.codex.2', 'codex'), ended('review_001.codex.2', done)];
    expect(facts(...second)).toMatchObject([{ type: 'review.answered', reviewer: 'codex', verdict: null }]);
  });

  test('that our own crash cut short are asked again, without counting', () => {
    const cut = [...asking, review('review_001.codex.1', 'codex'), attempt(2), review('review_001.codex.2', 'codex')];
    const twice = [...cut, ended('review_001.codex.2', done)];
    expect(errands(...twice)[0]).toMatchObject({ order: { run: 'review_001.codex.3' } });
  });

  test('that block send the author back once, in his own conversation; a second blocker ends the job', () => {
    const blocked = [...asking, told('a.1', 's-1'), decided('review_001', 'STOP_AND_ESCALATE')];
    expect(errands(...blocked)).toMatchObject([{ order: { run: 'a.2', review: 'review_001', resume: 's-1' } }]);
    const fixed = [
      ...blocked,
      launched('a.2', { review: 'review_001', resume: 's-1' }),
      ended('a.2', done),
      committed('a.2'),
    ];
    expect(facts(...fixed)).toMatchObject([{ type: 'review.requested', review: 'review_002', run: 'a.2' }]);
    const again = [...fixed, asked('review_002', 'a.2')];
    expect(facts(...again, decided('review_002', 'STOP_AND_ESCALATE'))).toMatchObject([{ cause: 'review_blocked' }]);
    expect(errands(...again, decided('review_002', 'PAUSE_AND_CLARIFY'))).toMatchObject([{ kind: 'integrate' }]);
  });
});

describe('runs that do not end well', () => {
  test.each(['crashed', 'hung', 'no_result', 'empty_answer', 'overloaded', 'server_error', 'protocol'] as const)(
    '%s: started again in the same conversation, until three lives are used up',
    (cause) => {
      const one = [...working, told('a.1', 's-1'), ended('a.1', failed(cause))];
      expect(errands(...one)).toMatchObject([{ order: { run: 'a.2', resume: 's-1' } }]);
      const two = [...one, launched('a.2', { resume: 's-1' }), ended('a.2', failed(cause))];
      const three = [...two, launched('a.3', { resume: 's-1' }), ended('a.3', failed(cause))];
      expect(facts(...three)).toMatchObject([{ type: 'job.ended', status: 'failed', cause: 'agent_failed' }]);
    },
  );

  test('a conversation that is lost is begun anew', () => {
    const lost = [...working, told('a.1', 's-1'), ended('a.1', failed('session_lost'))];
    expect(errands(...lost)).toMatchObject([{ order: { run: 'a.2', resume: null } }]);
  });

  test.each(['not_installed', 'not_logged_in', 'unauthorized', 'quota', 'untrusted', 'spawn'] as const)(
    '%s: no second try cures it, so the job ends with that reason',
    (cause) => {
      expect(facts(...working, ended('a.1', failed(cause)))).toMatchObject([
        { status: 'failed', cause: 'agent_failed' },
      ]);
    },
  );

  test('what our own deaths cut short goes on in its conversation, ten times and no more', () => {
    let events: Event[] = [...working, told('a.1', 's-1')];
    for (let n = 2; n <= 11; n++) {
      events = [...events, attempt(n)];
      expect(errands(...events)).toMatchObject([{ order: { run: `a.${n}`, resume: 's-1' } }]);
      events = [...events, launched(`a.${n}`, { resume: 's-1' })];
    }
    expect(facts(...events, attempt(12))).toMatchObject([{ status: 'failed', cause: 'agent_failed' }]);
  });
});

describe('ends', () => {
  test('a stop wins over everything: first the runs are stopped, then the job is cancelled, once', () => {
    expect(errands(...working, stopped)).toMatchObject([{ kind: 'stop_runs', cause: 'person' }]);
    const quiet = [...working, stopped, ended('a.1', { kind: 'stopped', cause: 'person', message: 'enough' })];
    const [end] = facts(...quiet);
    expect(end).toMatchObject({ type: 'job.ended', status: 'cancelled', cause: 'stopped' });
    expect(end && given(...quiet, end)).toEqual({ facts: [], errands: [] });
  });

  test('nothing is begun once the budget is spent; while the cost is unknown it is not spent', () => {
    const rich = [submitted({ budget_usd: 1 }), ...working.slice(1)];
    expect(facts(...rich, ended('a.1', done, 1))).toMatchObject([{ status: 'failed', cause: 'budget' }]);
    expect(errands(...rich, ended('a.1', done, 0.99))).toMatchObject([{ kind: 'commit' }]);
    expect(errands(...rich, ended('a.1', done, null))).toMatchObject([{ kind: 'commit' }]);
  });

  test('a step of our own that failed ends the job with its code, after the runs', () => {
    const failure: Event = { type: 'step.failed', step: 'integrate', code: 'git_failed', message: 'no' };
    expect(errands(...working, failure)).toMatchObject([{ kind: 'stop_runs', cause: 'superseded' }]);
    expect(facts(...worked, failure)).toMatchObject([{ status: 'failed', cause: 'git_failed' }]);
  });
});
