import { never } from '../kit/never.ts';
import type { EventOf } from './event.ts';
import type { Control, Verb } from './job.ts';
import { change, openQuestions, put, type Report, type Session, type Work, workRuns } from './session.ts';
import { isAtWork } from './work-state.ts';

type Asked<V extends Verb> = Extract<Control, { verb: V }>;

/**
 * Takes a control in. What it asks for follows from the state afterwards; what cannot be followed is refused with a
 * sentence, which the coordinator writes down.
 */
export function receive(before: Session, { id, control }: EventOf<'control.received'>, at: number): Session {
  const session = { ...before, controls: new Set(before.controls).add(id) };
  const { agent } = control;
  const done =
    agent === null || isKnown(session, agent) ? follow(session, id, control, at) : `this job has no agent "${agent}"`;
  return typeof done === 'string' ? { ...session, inbox: [...session.inbox, { id, refused: done }] } : done;
}

/** The session after the control, or why it cannot be followed. */
function follow(session: Session, id: string, control: Control, at: number): Session | string {
  const { agent, by } = control;
  switch (control.verb) {
    case 'stop':
      if (agent !== null) return skip(session, agent, `stopped by ${by}: ${control.reason}`);
      return session.stop ? session : { ...session, stop: { by, reason: control.reason } };
    case 'pause':
      return pause(session, control, at);
    case 'resume':
      return resume(session, agent);
    case 'review':
      return callReview(session, control);
    case 'answer':
      return answer(session, id, control);
    case 'retry':
      return retry(session, agent, id, by);
    case 'steer':
      return steer(session, id, control);
    case 'budget':
      return setBudget(session, control.usd);
    default:
      return never(control);
  }
}

/** A park stays a park when a pause is asked for again. */
function pause(session: Session, { agent, by, park }: Asked<'pause'>, at: number): Session {
  const before = (agent === null ? session.paused : session.pausedAgents.get(agent)) ?? { by, at, park: false };
  const paused = { ...before, park: before.park || park };
  if (agent === null) return { ...session, paused };
  return { ...session, pausedAgents: put(session.pausedAgents, agent, paused) };
}

function resume(session: Session, agent: string | null): Session {
  if (agent === null) return { ...session, paused: null, pausedAgents: new Map() };
  const rest = new Map(session.pausedAgents);
  rest.delete(agent);
  return takeUp({ ...session, pausedAgents: rest }, agent);
}

/** What was left out of one agent's work is taken up again, with new lives. */
function takeUp(session: Session, agent: string): Session {
  let works = session.works;
  for (const { assignment, skipped } of session.works.values()) {
    if (assignment.agent !== agent || skipped === null) continue;
    works = change(works, assignment.id, () => ({ skipped: null, forgiven: workRuns(session, assignment.id).length }));
  }
  return works === session.works ? session : { ...session, works, integrated: null, verified: null };
}

function callReview(session: Session, { agent, focus }: Asked<'review'>): Session | string {
  const reports = reviewable(session, agent).map((work): Report => {
    const run = workRuns(session, work.assignment.id).at(-1)?.id ?? null;
    return { kind: 'person', assignment: work.assignment.id, run, text: focus, options: [] };
  });
  if (reports.length === 0) return 'there is no work that could be reviewed yet';
  // What was brought together is no result before the review is heard.
  return { ...session, reports: [...session.reports, ...reports], integrated: null, verified: null };
}

function answer(session: Session, id: string, control: Asked<'answer'>): Session | string {
  const { agent, by, question: named } = control;
  const open = openQuestions(session).filter((one) => agent === null || one.agent === agent);
  const question = named === null ? open[0] : open.find((one) => one.id === named);
  if (!question) return named ? `there is no open question "${named}"` : 'no question is open';
  return { ...session, inbox: [...session.inbox, { id, question: question.id, answer: control.answer, by }] };
}

function steer(session: Session, id: string, { agent, text: said }: Asked<'steer'>): Session | string {
  const works = [...session.works.values()].filter((work) => isFor(work, agent) && isAtWork(session, work));
  if (works.length === 0) return 'no agent that could be told is at work';
  const messages = new Map(session.messages);
  for (const { assignment } of works) {
    const message = `${id}:${assignment.id}`;
    const text = `The person says:\n${said}`;
    const fresh = { urgent: true, deferredBy: null, reached: null };
    messages.set(message, { id: message, assignment: assignment.id, text, ...fresh });
  }
  return { ...session, messages };
}

/** The new budget stands as it is named, whatever was allowed on top of the old one. */
function setBudget(session: Session, budgetUsd: number): Session {
  const raises = new Map(session.raises);
  raises.delete('usd');
  const reached = session.reached?.limit === 'usd' ? null : session.reached;
  return { ...session, budgetUsd, raises, reached };
}

function isKnown(session: Session, agent: string): boolean {
  const works = [...session.works.values()];
  return session.members.some((member) => member.agent === agent) || works.some((work) => isFor(work, agent));
}

function isFor(work: Work, agent: string | null): boolean {
  return agent === null || work.assignment.agent === agent;
}

function reviewable(session: Session, agent: string | null): readonly Work[] {
  const works = [...session.works.values()].filter((work) => isFor(work, agent) && !work.skipped);
  return works.filter(
    (work) => work.commit !== null || workRuns(session, work.assignment.id).some((run) => !run.outcome),
  );
}

/** What an agent has left to do is left undone. */
function skip(session: Session, agent: string, why: string): Session {
  let works = session.works;
  for (const work of session.works.values()) {
    if (isFor(work, agent) && isAtWork(session, work))
      works = change(works, work.assignment.id, () => ({ skipped: why }));
  }
  return works === session.works ? session : { ...session, works, integrated: null, verified: null };
}

/** New lives for what could not go on: the open questions about it are answered with that. */
function retry(session: Session, agent: string | null, id: string, by: string): Session {
  const open = openQuestions(session).filter((one) => agent === null || one.agent === agent);
  const able = open.filter((one) => one.options.some((option) => option.id === 'retry'));
  if (able.length === 0) return { ...session, inbox: [...session.inbox, { id, refused: 'nothing waits for a retry' }] };
  const answers = able.map((question) => ({ id, question: question.id, answer: 'retry', by }));
  return { ...session, inbox: [...session.inbox, ...answers] };
}
