import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSpool } from '../../src/adapters/spool-file/spool.ts';
import { openTraces } from '../../src/adapters/traces/traces.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import { Front, TOKEN } from '../scenarios/gateway-front.ts';
import { final, folder, forwarding, linkTo, spoiler } from './edge-stage.ts';

async function heard(front: Front): Promise<readonly string[]> {
  const jobs = await front.engine.jobs({ limit: 100 });
  return jobs.map(({ spec }) => spec.utterance).toReversed();
}

test('finals reach the gateway once and in their order, whatever happens on the way', async () => {
  await using front = await Front.open();
  let asked = 0;
  const { url } = await spoiler(front.url, (incoming, response, go) => {
    const fault = ++asked % 5;
    if (fault === 1) return void response.writeHead(503).end();
    if (fault === 2) return void incoming.socket.destroy();
    if (fault === 3) response.setHeader('x-lose', '1');
    go();
  });
  const { forwarder, told, stop } = await forwarding(folder(), linkTo(url, TOKEN));
  const words = Array.from({ length: 8 }, (_, i) => `Fix the test number ${i} of the parser`);
  await Promise.all(words.map((text, i) => forwarder.put(final(`s-${i}`, text), 'plain')));
  await forwarder.empty();
  expect(await heard(front)).toEqual(words);
  expect(await told(({ event }) => event === 'transcript.forward_failed')).toMatchObject({ key: 's-0' });
  await stop();
});

test('an edge that dies with unsent words sends them at its next start, also when it died in the middle of a line', async () => {
  await using front = await Front.open();
  const path = folder();
  const first = await forwarding(path, linkTo('http://127.0.0.1:9', TOKEN));
  await first.forwarder.put(final('s-1', 'Fix the parser'), 'plain');
  await first.forwarder.put(final('s-2', 'Fix the lexer of it'), 'open');
  await first.told(({ event }) => event === 'transcript.forward_failed');
  await first.stop();
  appendFileSync(join(path, 'spool.jsonl'), '[{"type":"put","letter":{"kind":"fin');
  const second = await forwarding(path, linkTo(front.url, TOKEN));
  expect(second.spool.pending()).toHaveLength(2);
  await second.forwarder.empty();
  expect(await heard(front)).toEqual(['Fix the parser', 'Fix the lexer of it']);
  await second.stop();
});

test('an acknowledgement that was lost is asked for again, and is still one job', async () => {
  await using front = await Front.open();
  const path = folder();
  const first = await forwarding(path, linkTo(front.url, TOKEN));
  await first.forwarder.put(final('s-1', 'Fix the parser'), 'plain');
  await first.forwarder.empty();
  const kept = JSON.stringify([{ type: 'put', letter: final('s-1', 'Fix the parser'), course: 'plain' }]);
  await first.stop();
  appendFileSync(join(path, 'spool.jsonl'), `${kept}\n`); // as if "done" had never reached the disk
  const second = await forwarding(path, linkTo(front.url, TOKEN));
  await second.forwarder.empty();
  expect(await heard(front)).toEqual(['Fix the parser']);
  await second.stop();
});

test('what the gateway refuses for good is told and set aside, and does not hold up what follows', async () => {
  await using front = await Front.open();
  const path = folder();
  const { forwarder, told, stop } = await forwarding(path, linkTo(front.url, TOKEN));
  await forwarder.put(final('s-1', ' '), 'plain');
  await forwarder.put(final('s-2', 'Fix the parser'), 'plain');
  await forwarder.empty();
  expect(await told(({ event }) => event === 'transcript.set_aside')).toMatchObject({ key: 's-1' });
  expect(JSON.parse(readFileSync(join(path, 'set-aside.jsonl'), 'utf8'))).toMatchObject({ key: 's-1', text: ' ' });
  expect(await heard(front)).toEqual(['Fix the parser']);
  await stop();
});

test('a wrong token loses nothing: the words wait until it is mended', async () => {
  await using front = await Front.open();
  let token = 'wrong';
  const { forwarder, told, stop } = await forwarding(folder(), {
    post: (letter, course, signal) => linkTo(front.url, token).post(letter, course, signal),
    async part() {},
  });
  await forwarder.put(final('s-1', 'Fix the parser'), 'plain');
  const failure = await told(({ event }) => event === 'transcript.forward_failed');
  expect(failure).toMatchObject({ error: expect.stringContaining('mend TUTTI_TOKEN or --token-file') });
  token = TOKEN;
  await forwarder.empty();
  expect(await heard(front)).toEqual(['Fix the parser']);
  await stop();
});

test('words a model acts on are written down and make no job; where it does not answer, the router has them', async () => {
  const records = folder();
  const warn = (message: string) => expect.fail(message);
  const traces = openTraces({ path: join(records, 't.jsonl'), clock: systemClock, redact: (text) => text, warn });
  await using front = await Front.open({ traces });
  const clock = new ManualClock();
  const { forwarder, spool, told, stop } = await forwarding(folder(), linkTo(front.url, TOKEN), clock);
  await forwarder.put(final('s-1', 'How are you?'), 'open');
  await forwarder.put(final('s-2', 'Fix the parser'), 'open');
  expect(spool.pending()).toHaveLength(2);
  forwarder.settle('s-1', 'heard');
  await told((event) => event.event === 'transcript.forwarded' && event.key === 's-1');
  await traces.flushed();
  const noted = JSON.parse((await front.ask('GET', '/traces')).text);
  expect(noted).toMatchObject([{ event: 'transcript.heard', seq: 's-1', payload: { text: 'How are you?' } }]);
  expect(await heard(front)).toEqual([]);
  clock.advance(10_000);
  await forwarder.empty();
  expect(await heard(front)).toEqual(['Fix the parser']);
  await stop();
});

test('work that the model begins settles the words it came from, in one stroke', async () => {
  await using front = await Front.open();
  const { forwarder, spool, stop } = await forwarding(folder(), linkTo(front.url, TOKEN));
  await forwarder.put(final('s-1', 'Fix that, please'), 'open');
  const task = { kind: 'task', key: 's-call_1', text: 'Fix the parser', skill: 'coding', agent: null } as const;
  await forwarder.put({ ...task, budgetUsd: 3, heardAt: 0 }, 'plain', ['s-1']);
  expect(spool.pending().map(({ course }) => course)).not.toContain('open');
  await forwarder.empty();
  expect(await heard(front)).toEqual(['Fix the parser']);
  expect((await front.engine.jobs({ limit: 1 }))[0]?.spec.budget_usd).toBe(3);
  await stop();
});

test('words that wait for a yes are never done because the edge was killed: they are only written down', async () => {
  await using front = await Front.open();
  const path = folder();
  const first = await forwarding(path, linkTo(front.url, TOKEN));
  await first.forwarder.put(final('s-1', 'Stop the parser'), 'plain');
  await first.forwarder.put(final('s-2', 'Stop the lexer'), 'open');
  expect(first.asked).toEqual(['s-1']);
  await first.stop();
  const second = await forwarding(path, linkTo(front.url, TOKEN));
  await second.forwarder.put(final('s-3', 'Fix the parser'), 'plain');
  await second.forwarder.empty();
  expect(second.lapsed).toEqual(['s-1', 's-2']);
  expect(await heard(front)).toEqual(['Fix the parser']);
  await second.stop();
});

test('a second edge on the same folder is told whose it is', async () => {
  const path = folder();
  const first = await openSpool(path);
  expect(await openSpool(path)).toMatchObject({ ok: false, error: { code: 'busy' } });
  if (first.ok) await first.value[Symbol.asyncDispose]();
  const again = await openSpool(path);
  expect(again).toMatchObject({ ok: true });
  if (again.ok) await again.value[Symbol.asyncDispose]();
});
