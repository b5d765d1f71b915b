import { z } from 'zod';
import * as answers from './answers.ts';
import { signIn, tools } from './api-doors.ts';
import { after, jobs } from './api-jobs.ts';
import { controlBodies } from './control.ts';
import { costQuery } from './costs.ts';
import type { Endpoint } from './endpoint.ts';
import { insightAnswer, insightQuery } from './insight.ts';
import { catalogueAnswer, routeAnswer, routeQuery } from './preview.ts';
import { taskBody } from './task.ts';
import { orchestrateBody, transcriptBody } from './transcript.ts';

const session = { session: { about: 'The job it is about; default: the latest' } };

const tasks: readonly Endpoint[] = [
  {
    method: 'post',
    path: '/task',
    group: 'Tasks',
    summary: 'Take in a task. Answered with 202 only when its jobs are on disk; words that steer are done at once.',
    body: taskBody,
    examples: {
      short: { utterance: 'Add rate limiting to the API' },
      full: {
        utterance: 'Add rate limiting to the API',
        team: 'big3',
        budget_usd: 2,
        priority: 5,
        idempotency_key: '5f1c9a52',
      },
    },
    answers: { 202: answers.taskAccepted, 200: answers.controlSaid },
    problems: [409, 422, 503],
  },
  {
    method: 'post',
    path: '/transcript',
    group: 'Tasks',
    summary:
      'Take in what was heard: a final transcript is a task; a part of one, and words that were `heard` by a model which acts on them itself, are only taken note of.',
    body: transcriptBody,
    examples: {
      final: { text: 'Add rate limiting to the API', is_final: true, latency_ms: 280, timestamp: 1790000000.5 },
      part: { text: 'Add rate', is_final: false },
      heard: { text: 'How is it going?', is_final: true, event: 'heard', idempotency_key: 's1-4' },
      event: { transcript: 'Add rate limiting to the API', event: { type: 'response.done' } },
      fragments: { utterance: 'Add rate limiting', fragments: [{ text: 'Add rate limiting', timestamp: 1.5 }] },
    },
    answers: {
      202: answers.transcriptAccepted,
      200: z.union([answers.partialReceived, answers.recorded, answers.controlSaid]),
    },
    problems: [409, 422, 503],
  },
  {
    method: 'post',
    path: '/api/v1/talk',
    group: 'Tasks',
    summary: 'Where to speak: the address of the page by which a voice edge of this machine listens.',
    answers: { 200: answers.talk },
    problems: [409],
  },
  {
    method: 'post',
    path: '/api/v1/orchestrate',
    group: 'Tasks',
    summary: 'Take in a task by the older address.',
    body: orchestrateBody,
    examples: { prompt: { prompt: 'Add rate limiting to the API' } },
    answers: { 202: answers.orchestrated },
    problems: [422, 503],
  },
];

const said: Readonly<Record<keyof typeof controlBodies, readonly [summary: string, example: unknown]>> = {
  stop: ['End a job, or what one agent has left to do.', { reason: 'enough' }],
  pause: ['Let the agents stand still.', { park: false }],
  resume: ['Go on, also after a job has failed or was stopped.', {}],
  review: ['Have the work reviewed now.', { focus: 'security' }],
  answer: ['Answer a question, by the id of an option or in words.', { answer: 'yes' }],
  retry: ['Give new tries to what has failed.', {}],
  steer: ['Say something to the agents at work.', { text: 'Use the existing client' }],
  budget: ['Set the budget anew, in US dollars.', { usd: 5 }],
};

const verbs = Object.entries(said) as [keyof typeof controlBodies, readonly [string, unknown]][];
const control: readonly Endpoint[] = [
  ...verbs.map(
    ([verb, [summary, example]]): Endpoint => ({
      method: 'post',
      path: `/api/v1/{id}/${verb}`,
      group: 'Control',
      summary,
      body: controlBodies[verb],
      examples: { usual: example },
      answers: { 202: answers.controlled },
      problems: [404, 409, 422],
    }),
  ),
  ...(['stop', 'pause', 'resume'] as const).map(
    (verb): Endpoint => ({
      method: 'post',
      path: `/api/v1/all/${verb}`,
      group: 'Control',
      summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} all open jobs.`,
      body: controlBodies[verb],
      examples: { usual: {} },
      answers: { 202: answers.allControlled },
      problems: [422],
    }),
  ),
  ...(['pause', 'resume', 'stop', 'review'] as const).map(
    (verb): Endpoint => ({
      method: 'post',
      path: `/api/control/${verb}`,
      group: 'Control',
      summary: `${said[verb][0]} About the latest open job, or that of ?session=.`,
      query: session,
      body: controlBodies[verb],
      examples: { usual: {} },
      answers: { 202: answers.controlled },
      problems: [404, 409, 422],
    }),
  ),
];

const traces: readonly Endpoint[] = [
  ...['/trace/{id}', '/api/v1/traces/{id}'].map(
    (path): Endpoint => ({
      method: 'get',
      path,
      group: 'Traces',
      summary: 'All jobs of one utterance, with one summary when the last has ended.',
      answers: { 200: answers.trace },
      problems: [404],
    }),
  ),
  {
    method: 'get',
    path: '/api/v1/traces/{id}/events',
    group: 'Traces',
    summary: 'News of a trace as server-sent events: trace.job for each job that ends, then trace.completed once.',
    query: after,
    answers: { 200: 'text/event-stream' },
    problems: [400, 404, 503],
  },
];

const views = {
  session: ['The session of a job.', answers.session],
  workers: ['Its agents, and what each is at.', answers.workers],
  reviews: ['What reviewers said.', answers.reviews],
  decisions: ['What followed from the reviews.', answers.decisions],
  recovery: ['Troubles that were recognised, and what was done about them.', answers.recoveries],
  summary: ['The session in short.', answers.summary],
} as const;

const sessions: readonly Endpoint[] = [
  ...Object.entries(views).map(
    ([name, [summary, answer]]): Endpoint => ({
      method: 'get',
      path: `/api/${name}`,
      group: 'Session',
      summary,
      query: session,
      answers: { 200: answer },
      problems: [404],
    }),
  ),
  {
    method: 'get',
    path: '/api/events/stream',
    group: 'Session',
    summary:
      'What happens in the session, with the fields agent, msg_type, timestamp and payload beside the event’s own.',
    query: { ...session, ...after },
    answers: { 200: 'text/event-stream' },
    problems: [400, 404, 503],
  },
];

const gateway: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/health',
    group: 'Gateway',
    summary: 'Whether the gateway is up.',
    answers: { 200: answers.health },
    isOpen: true,
  },
  {
    method: 'get',
    path: '/api/v1/costs',
    group: 'Gateway',
    summary: 'What the agents have cost. Days are those of UTC.',
    query: {
      by: { about: 'agent, job, trace or day', schema: costQuery.shape.by },
      days: { about: 'How far back', schema: costQuery.shape.days },
    },
    answers: { 200: answers.costs },
    problems: [422],
  },
  {
    method: 'get',
    path: '/api/v1/insight',
    group: 'Gateway',
    summary: 'How things went: costs, lengths, ends, recoveries, verdicts, and who is at work. Days are those of UTC.',
    query: { days: { about: 'How many days, today included; at most 90', schema: insightQuery.shape.days } },
    answers: { 200: insightAnswer },
    problems: [422],
  },
  {
    method: 'get',
    path: '/traces',
    group: 'Traces',
    summary: 'What happened last, to all jobs, oldest first.',
    query: { limit: { about: 'Records at most; default: 100' }, format: { about: 'ours, a, b or c' } },
    answers: { 200: answers.traceRecords },
    problems: [400],
  },
  {
    method: 'get',
    path: '/metrics',
    group: 'Gateway',
    summary: 'What is counted and measured, for Prometheus.',
    answers: { 200: 'text/plain' },
  },
  {
    method: 'get',
    path: '/skills',
    group: 'Gateway',
    summary: 'The skills tasks are routed to.',
    answers: { 200: answers.skills },
  },
  {
    method: 'get',
    path: '/api/v1/catalogue',
    group: 'Gateway',
    summary: 'What a task may name, and which webhooks are told.',
    answers: { 200: catalogueAnswer },
  },
  {
    method: 'get',
    path: '/api/v1/route',
    group: 'Gateway',
    summary: 'What words would become, by the rules alone: nothing is done, and no model is asked.',
    query: {
      text: { about: 'The words', schema: routeQuery.shape.text },
      skill: { about: 'As if this skill had been named', schema: routeQuery.shape.skill },
    },
    answers: { 200: routeAnswer },
    problems: [422],
  },
  {
    method: 'get',
    path: '/openapi.json',
    group: 'Gateway',
    summary: 'This description.',
    answers: { 200: 'application/json' },
  },
];

/** Every address of the gateway. */
export const endpoints: readonly Endpoint[] = [
  ...tasks,
  ...jobs,
  ...control,
  ...traces,
  ...sessions,
  ...signIn,
  ...gateway,
  ...tools,
];
