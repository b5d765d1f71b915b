import type { Endpoint } from './endpoint.ts';
import { mcpAnswer, mcpMessage } from './mcp.ts';
import { linkBody, linkMade, me, signedIn, signedOut, signInBody } from './sign-in.ts';

/** Where people come in by a link, and leave again. */
export const signIn: readonly Endpoint[] = [
  {
    method: 'post',
    path: '/api/v1/sign-in-links',
    group: 'Sign-in',
    summary:
      'Make a link by which somebody signs in at the page, once and within 10 minutes; with a job, to look at it.',
    body: linkBody,
    examples: { usual: {}, share: { job: '01jx7p2m9q3v5t8rk', days: 7 } },
    answers: { 200: linkMade },
    problems: [404, 422],
  },
  {
    method: 'get',
    path: '/sign-in',
    group: 'Sign-in',
    summary: 'The page of such a link. Looking at it does not use the link up.',
    query: { code: { about: 'The code of the link' }, session: { about: 'The job whose page is shown next' } },
    answers: { 200: 'text/html' },
    isOpen: true,
  },
  {
    method: 'post',
    path: '/sign-in',
    group: 'Sign-in',
    summary: 'Sign in by the code of a link: sets the cookie of the page. A form may send it as well, and is led on.',
    body: signInBody,
    examples: { usual: { code: 'wq7…' } },
    answers: { 200: signedIn },
    problems: [422, 503],
    isOpen: true,
  },
  {
    method: 'get',
    path: '/api/v1/me',
    group: 'Sign-in',
    summary: 'Who asks, and what they may do.',
    answers: { 200: me },
  },
  {
    method: 'post',
    path: '/sign-out',
    group: 'Sign-in',
    summary: 'Sign out: the cookie is worth nothing afterwards.',
    answers: { 200: signedOut },
    problems: [503],
  },
];

/** Tutti as a tool of other agents. */
export const tools: readonly Endpoint[] = [
  {
    method: 'post',
    path: '/mcp',
    group: 'Gateway',
    summary:
      'One message of the Model Context Protocol (streamable HTTP): the tools of `tutti mcp`. A tool does what the token may.',
    body: mcpMessage,
    examples: { list: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
    answers: { 200: mcpAnswer, 202: 'text/plain' },
    problems: [405, 406, 422, 503],
  },
];
