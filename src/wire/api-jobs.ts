import * as answers from './answers.ts';
import type { Endpoint } from './endpoint.ts';
import { journalQuery } from './journal.ts';
import { applyBody, diffQuery, logQuery } from './result.ts';

/** How a reader of a stream says where to go on. */
export const after = { after: { about: 'Where to go on, as the header Last-Event-ID' } };

/** How jobs stand, what happened in them, and what came of them. */
export const jobs: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/status/{id}',
    group: 'Jobs',
    summary: 'How a job stands.',
    answers: { 200: answers.jobStatus },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/v1/sessions',
    group: 'Jobs',
    summary: 'The latest jobs at a glance, the newest first.',
    answers: { 200: answers.sessionList },
  },
  {
    method: 'get',
    path: '/api/v1/sessions/events',
    group: 'Jobs',
    summary: 'The latest jobs as they change: `sessions` with all of them, then `session` with each that has changed.',
    answers: { 200: 'text/event-stream' },
    problems: [503],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/journal',
    group: 'Jobs',
    summary: 'A part of what has happened in a job.',
    query: {
      after: { about: 'The cursor before the first event that is wanted', schema: journalQuery.shape.after },
      limit: { about: 'Events at most', schema: journalQuery.shape.limit },
    },
    answers: { 200: answers.journal },
    problems: [404, 422],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/state',
    group: 'Jobs',
    summary: 'The same as /status.',
    answers: { 200: answers.jobStatus },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/events',
    group: 'Jobs',
    summary: 'What happens in a job, as server-sent events; ids are cursors to go on from, without loss or repeat.',
    query: after,
    answers: { 200: 'text/event-stream' },
    problems: [400, 404, 503],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/logs/{agent}',
    group: 'Jobs',
    summary: 'The last raw words of an agent.',
    query: { limit: { about: 'Lines at most', schema: logQuery.shape.limit } },
    answers: { 200: answers.logs },
    problems: [400, 404, 422],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/diff',
    group: 'Jobs',
    summary: 'The change a job has made, or one of its assignments, as it stands now.',
    query: {
      assignment: { about: 'The assignment it is of; default: the whole job', schema: diffQuery.shape.assignment },
    },
    answers: { 200: 'text/x-diff' },
    problems: [404, 409, 422],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/pictures/{picture}',
    group: 'Jobs',
    summary: 'What the browser agent saw after a step: a picture, by the name the step tells.',
    answers: { 200: 'image/png' },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/v1/{id}/report',
    group: 'Jobs',
    summary: 'What the browser agent did, as one page with its pictures and without scripts.',
    answers: { 200: 'text/html' },
    problems: [404],
  },
  {
    method: 'post',
    path: '/api/v1/{id}/apply',
    group: 'Jobs',
    summary: 'Bring the change of a job into the files, as a commit, or get it as a patch. All or nothing.',
    body: applyBody,
    examples: { files: {}, squash: { mode: 'squash', message: 'Add rate limiting' } },
    answers: { 200: answers.applied },
    problems: [404, 409, 422, 507],
  },
];
