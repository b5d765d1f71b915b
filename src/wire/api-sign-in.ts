import type { Endpoint } from './endpoint.ts';
import { linkBody, linkMade, signedIn, signedOut, signInBody } from './sign-in.ts';

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
    method: 'post',
    path: '/sign-out',
    group: 'Sign-in',
    summary: 'Sign out: the cookie is worth nothing afterwards.',
    answers: { 200: signedOut },
    problems: [503],
  },
];
