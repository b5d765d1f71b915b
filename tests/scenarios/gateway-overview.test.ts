import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { expectProblem, Front } from './gateway-front.ts';

const asked: Event = {
  type: 'question.asked',
  question: 'q1',
  kind: 'agent',
  assignment: null,
  agent: 'claude',
  run: null,
  review: null,
  text: 'Red or blue?',
  options: [],
  expires_at: null,
};

/** The frames of the overview's stream, one after the other. */
async function* cards(front: Front): AsyncGenerator<{ readonly event: string; readonly data: unknown }> {
  const sent = front.begin('GET', '/api/v1/sessions/events').end();
  const { promise, resolve } = Promise.withResolvers<AsyncIterable<Buffer>>();
  sent.on('response', resolve);
  let text = '';
  for await (const chunk of await promise) {
    const frames = (text + chunk).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
      if (event && data) yield { event, data: JSON.parse(data) };
    }
  }
}

test('sessions are listed at a glance, the newest first, with what they ask of the person', async () => {
  await using front = await Front.open();
  const one = await front.heldJob();
  await front.engine.append(one, [{ n: 2, at: 2, event: asked }]);
  const two = await front.heldJob();
  await front.engine.finish(two, 'completed', [
    { n: 2, at: 2, event: { type: 'job.ended', status: 'completed', cause: 'completed', summary: 'All is done.' } },
  ]);
  const { json } = await front.ask('GET', '/api/v1/sessions');
  expect(json).toMatchObject([
    { id: two.job, status: 'completed', is_complete: true, summary: 'All is done.', questions: [] },
    { id: one.job, status: 'waiting', is_complete: false, ended_at: null, questions: [{ text: 'Red or blue?' }] },
  ]);
});

test('who watches the overview gets all of it once, and then each job as it changes', async () => {
  await using front = await Front.open();
  const one = await front.heldJob();
  const stream = cards(front);
  const first = (await stream.next()).value;
  expect(first).toMatchObject({ event: 'sessions', data: [{ id: one.job, status: 'running' }] });
  await front.engine.append(one, [{ n: 2, at: 2, event: asked }]);
  expect((await stream.next()).value).toMatchObject({ event: 'session', data: { id: one.job, status: 'waiting' } });
  const two = await front.heldJob();
  expect((await stream.next()).value).toMatchObject({ event: 'session', data: { id: two.job, status: 'running' } });
  await stream.return(undefined);
});

test('a part of a journal is answered from where it is asked for, and a wrong place is named', async () => {
  await using front = await Front.open();
  const { job } = await front.heldJob();
  const journal = async (query: string) => (await front.ask('GET', `/api/v1/${job}/journal${query}`)).json;
  expect(await journal('')).toMatchObject([
    { cursor: '0-1', type: 'job.submitted' },
    { cursor: '1-1', type: 'attempt.started' },
  ]);
  expect(await journal('?after=0-1&limit=1')).toMatchObject([{ cursor: '1-1' }]);
  expect(await journal('?after=1-1')).toEqual([]);
  expectProblem(await front.ask('GET', `/api/v1/${job}/journal?after=x`), 422, { field: 'after' });
  expectProblem(await front.ask('GET', `/api/v1/${job}/journal?limit=1001`), 422, { field: 'limit' });
});

test('the page may load files of its own and nothing else, and its files never change under a name', async () => {
  const place = await Front.open();
  const page = join(place.folder, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Tutti</title>');
  writeFileSync(join(page, 'assets', 'main-abc.js'), 'export {}');
  await using front = await Front.open({ page });
  const { headers, status } = await front.look('/');
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  expect(headers['cache-control']).toBe('no-cache');
  const script = await front.look('/assets/main-abc.js');
  expect(script.headers).toMatchObject({
    'cache-control': 'private, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  const again = await front.look('/assets/main-abc.js', { 'if-none-match': String(script.headers.etag) });
  expect(again.status).toBe(304);
  for (const path of ['/assets/..%2findex.html', '/assets/%2e%2e', '/assets/none.js', '/assets/main-abc.map'])
    expect((await front.look(path)).status, path).toBe(404);
  await place[Symbol.asyncDispose]();
});

test('a person without a sign-in is shown the door, a program is told what is missing', async () => {
  await using front = await Front.open({ page: '/nowhere' });
  const person = await front.ask('GET', '/', { token: null, headers: { accept: 'text/html' } });
  expect(person.status).toBe(401);
  expect(person.text).toContain('tutti open');
  expectProblem(await front.ask('GET', '/', { token: null }), 401);
  expectProblem(await front.ask('GET', '/'), 503, { code: 'no_page' });
});
