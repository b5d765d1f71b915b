import { expect, test } from 'vitest';
import { HEARD_HZ } from '../../domain/voice/audio.ts';
import type { SpeechEvent } from '../../ports/speech.ts';
import { Context } from './context.ts';
import { Ledger } from './ledger.ts';
import { Outbox } from './outbox.ts';

test('when nobody reads, parts of words are given up before memory is, and finals never', async () => {
  const outbox = new Outbox();
  for (let i = 0; i < 20; i++) outbox.tell({ type: 'final', turn: `t${i}`, text: 'words' });
  for (let i = 0; i < 10_000; i++) outbox.tell({ type: 'delta', turn: 'x', text: String(i) });
  outbox.close();
  const events: SpeechEvent[] = [];
  for await (const event of outbox) events.push(event);
  expect(events).toHaveLength(8_192);
  expect(events.filter(({ type }) => type === 'final')).toHaveLength(20);
  expect(events.at(-1)).toMatchObject({ text: '9999' });
});

test('audio that waits for its words is bounded: the oldest turns find no room', () => {
  const ledger = new Ledger();
  const minute = new Int16Array(60 * HEARD_HZ);
  for (let i = 0; i < 17; i++) {
    ledger.begin(`t${i}`);
    ledger.hear(minute);
    ledger.end();
  }
  expect(ledger.surplus().map(({ id }) => id)).toEqual(['t0', 't1']);
});

test('a turn is heard up to five minutes', () => {
  const ledger = new Ledger();
  ledger.begin('t');
  const heard = Array.from({ length: 6 }, () => ledger.hear(new Int16Array(60 * HEARD_HZ)));
  expect(heard).toEqual([true, true, true, true, true, false]);
});

test('what is remembered for a new session is the latest that fits, in order', () => {
  const context = new Context();
  for (let i = 0; i < 30; i++) {
    context.assistant(`t${i}`, `answer ${i}`);
    context.user(`t${i}`, `words ${i}`);
  }
  expect(context.recent()).toHaveLength(40);
  expect(context.recent().slice(-2)).toEqual([
    { role: 'user', text: 'words 29' },
    { role: 'assistant', text: 'answer 29' },
  ]);
  context.user('long', 'x'.repeat(9_000));
  expect(context.recent()).toHaveLength(1);
});
