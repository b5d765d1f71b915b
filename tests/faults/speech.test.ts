import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpeechKind } from '../../src/domain/voice/models.ts';
import { type Clock, ManualClock, systemClock } from '../../src/kit/clock.ts';
import { arrived, frames, KEY, sound, speak, speechStage } from '../contracts/speech-stage.ts';

const answer = { say: 'Understood.', audioMs: 300 };
const utterances = ['one', 'two', 'three'].map((text) => ({ text: `this is ${text}`, answer }));
const spoken = { a: 'this is one', b: 'this is two', c: 'this is three' };
const LENGTHS = { a: 400, b: 500, c: 600 };

const stages = {
  realtime: [
    'open',
    'configured',
    'append',
    'before_commit',
    'after_commit',
    'mid_delta',
    'before_completed',
    'mid_response',
  ],
  transcription: ['open', 'configured', 'append', 'before_commit', 'after_commit', 'mid_delta', 'before_completed'],
  live: ['open', 'configured', 'append', 'before_commit', 'after_commit', 'mid_delta'],
} as const;
const cases = (['realtime', 'transcription', 'live'] as const).flatMap((kind) =>
  stages[kind].map((kill) => [kind, kill] as const),
);

/** All three turns, the second while the first may still wait. */
async function talk(kind: SpeechKind, scenario: object, more = {}) {
  const stage = await speechStage(kind, { utterances, ...scenario }, more);
  for (const [turn, ms] of Object.entries(LENGTHS)) speak(stage.speech, turn, ms);
  return stage;
}

/** Nothing of an ended turn is lost on the way: what the service made its words of is the whole of it. */
function expectWhole({ service }: Awaited<ReturnType<typeof speechStage>>, samples = arrived): void {
  const { turns } = service.record;
  const lengths = turns.map(({ samples }) => samples);
  for (const ms of Object.values(LENGTHS)) expect(lengths).toContain(samples(ms));
  expect(new Set(lengths).size).toBe(3);
}

describe('every ended turn gets its words once', () => {
  test.for(cases)('%s, when the socket is destroyed at: %s', async ([kind, kill]) => {
    const stage = await talk(kind, { lines: [{ kill }] });
    await stage.until(() => stage.finals().length === 3);
    expect(Object.fromEntries(stage.finals())).toEqual(spoken);
    expect(stage.service.record.lines.length).toBeGreaterThan(1);
    expectWhole(stage, kind === 'live' ? (ms) => ms * 16 : arrived);
    expect(stage.service.record.errors).toEqual([]);
    if (kind === 'realtime') {
      await stage.until(() => stage.of('answered').length === 3);
      expect(stage.of('answered').map(({ turn }) => turn)).toEqual(['a', 'b', 'c']);
    }
  });

  test('when the socket is destroyed again and again while somebody speaks', async () => {
    const stage = await speechStage('transcription', { utterances });
    const sessions = () => stage.of('line').filter(({ state }) => state === 'ready').length;
    await stage.ready();
    stage.speech.begin('a');
    for (const [at, frame] of frames(sound(LENGTHS.a)).entries()) {
      stage.speech.hear(frame);
      if (at % 5 !== 0) continue;
      const before = sessions();
      stage.service.kill();
      await stage.until(() => sessions() > before);
    }
    stage.speech.end();
    await stage.until(() => stage.finals().length === 1);
    expect(stage.finals()).toEqual([['a', 'this is one']]);
    expect(stage.service.record.turns).toMatchObject([{ samples: arrived(LENGTHS.a) }]);
  });

  test('however the words come: late, out of order, or more than once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 }), async (delays) => {
        const told = utterances.map((one, i) => ({ ...one, delayMs: delays[i] ?? 0, copies: 1 + (i % 2) }));
        const stage = await talk('transcription', { utterances: told });
        await stage.until(() => stage.finals().length === 3);
        expect(Object.fromEntries(stage.finals())).toEqual(spoken);
        await stage.speech[Symbol.asyncDispose]();
        expect(stage.finals()).toHaveLength(3);
      }),
      { numRuns: 8 },
    );
  });

  test('when a transcription fails: the turn is handed in again', async () => {
    const stage = await talk('realtime', { utterances: utterances.map((one) => ({ ...one, failed: 2 })) });
    await stage.until(() => stage.finals().length === 3);
    expect(Object.fromEntries(stage.finals())).toEqual(spoken);
    await stage.until(() => stage.of('answered').length === 3);
    expect(stage.service.record.lines).toHaveLength(1);
  });

  test('when it never succeeds: it is given up after the fourth attempt, with a word', async () => {
    const stage = await speechStage('transcription', { utterances: [{ text: 'x', failed: 99 }] });
    speak(stage.speech, 'a', 400);
    await stage.until(() => stage.finals().length === 1);
    expect(stage.finals()).toEqual([['a', '']]);
    expect(stage.of('trouble')).toMatchObject([{ code: 'turn_lost', fatal: false }]);
    expect(stage.service.record.turns).toHaveLength(4);
  });

  test('when no words come: after 15 seconds the session is renewed and the turn handed in again', async () => {
    const clock = new ManualClock();
    const stage = await speechStage('realtime', { utterances: [{ text: 'here', silent: 1, answer }] }, { clock });
    await stage.ready();
    speak(stage.speech, 'a', 400);
    await stage.until(() => stage.of('answered').length === 1);
    clock.advance(14_999);
    expect(stage.service.record.turns).toHaveLength(1);
    clock.advance(2);
    await stage.until(() => stage.finals().length === 1);
    expect(stage.finals()).toEqual([['a', 'here']]);
    expect(stage.of('answered')).toHaveLength(1);
    expect(stage.service.record.responses).toHaveLength(1);
  });

  test('when the service is frozen for a while', async () => {
    const clock = new ManualClock();
    const stage = await speechStage('transcription', { utterances }, { clock });
    await stage.ready();
    stage.service.freeze();
    for (const [turn, ms] of Object.entries(LENGTHS)) speak(stage.speech, turn, ms);
    clock.advance(15_000);
    clock.advance(10_000);
    stage.service.thaw();
    await stage.until(() => {
      clock.advance(100);
      return stage.finals().length === 3;
    });
    expect(Object.fromEntries(stage.finals())).toEqual(spoken);
    expectWhole(stage);
  });

  test('when the clock jumps by hours, forth and back', async () => {
    let offset = 0;
    const clock: Clock = { now: () => Date.now() + offset, after: (ms, wake) => systemClock.after(ms, wake) };
    const stage = await speechStage('realtime', { utterances }, { clock });
    for (const [turn, ms] of Object.entries(LENGTHS)) {
      offset = offset === 0 ? 7_200_000 : -7_200_000;
      speak(stage.speech, turn, ms);
    }
    await stage.until(() => stage.finals().length === 3);
    expect(Object.fromEntries(stage.finals())).toEqual(spoken);
    expect(stage.service.record.lines).toHaveLength(1);
  });

  test('when the session has reached its limit', async () => {
    const stage = await speechStage('realtime', { utterances });
    speak(stage.speech, 'a', LENGTHS.a);
    await stage.until(() => stage.of('answered').length === 1);
    stage.speech.begin('b');
    for (const frame of frames(sound(LENGTHS.b))) stage.speech.hear(frame);
    stage.service.expire();
    stage.speech.end();
    await stage.until(() => stage.finals().length === 2);
    expect(stage.finals()[1]).toEqual(['b', 'this is two']);
  });
});

test('a new session is told what was said before, and does not hear it again', async () => {
  const stage = await speechStage('realtime', { utterances });
  speak(stage.speech, 'a', LENGTHS.a);
  await stage.until(() => stage.of('answered').length === 1 && stage.finals().length === 1);
  stage.service.kill();
  await stage.until(() => stage.service.record.lines[1]?.written.length === 3);
  expect(stage.service.record.lines[1]?.written).toMatchObject([
    { role: 'system' },
    { role: 'user', content: [{ text: 'this is one' }] },
    { role: 'assistant', content: [{ text: 'Understood.' }] },
  ]);
  expect(stage.service.record.turns).toHaveLength(1);
});

test('a call of a lost session keeps its answer: nothing is called twice', async () => {
  const call = { tool: 'list_jobs', args: {} };
  const told = { text: 'what runs', answer: { call, say: 'There are {output}.' } };
  const stage = await speechStage('realtime', { utterances: [told], lines: [{ kill: 'after_call' }] });
  speak(stage.speech, 'a', 400);
  await stage.until(() => stage.of('line').filter(({ state }) => state === 'ready').length === 2);
  stage.speech.answer(stage.of('call')[0]?.call ?? '', 'two');
  await stage.until(() => stage.of('answered').length === 1);
  expect(stage.of('answered')).toEqual([{ type: 'answered', turn: 'a', text: 'There are two.', ok: true }]);
  expect(stage.of('call')).toHaveLength(1);
});

// It answers no ping at all, as what stands between may swallow them: that alone makes no session suspect.
test('a session is left before its end, in a gap between turns', async () => {
  const clock = new ManualClock(Date.now());
  const stage = await speechStage('realtime', { utterances, sessionSeconds: 600, pongs: false }, { clock });
  await stage.ready();
  stage.speech.begin('a');
  for (const frame of frames(sound(LENGTHS.a))) stage.speech.hear(frame);
  clock.advance(8 * 60_000);
  expect(stage.service.record.lines).toHaveLength(1);
  stage.speech.end();
  await stage.until(() => stage.service.record.lines.length === 2);
  await stage.ready();
  expect(stage.of('line').map(({ state }) => state)).toEqual(['connecting', 'ready', 'rolling', 'ready']);
  expect(stage.finals()).toEqual([['a', 'this is one']]);
  expect(stage.of('answered')).toMatchObject([{ turn: 'a', ok: true }]);
});

test.for([
  [401, undefined, 'invalid_api_key'],
  [429, 'insufficient_quota', 'insufficient_quota'],
  [403, 'billing_hard_limit_reached', 'billing_hard_limit_reached'],
  [404, undefined, 'model_not_found'],
] as const)('a handshake refused with %d %s is told once and not tried again', async ([status, code, told]) => {
  const refuse = { status, ...(code ? { code } : {}), message: `not with ${KEY}` };
  const stage = await speechStage('realtime', { utterances, lines: [{ refuse }] });
  speak(stage.speech, 'a', LENGTHS.a);
  await stage.until(() => stage.finals().length === 1);
  speak(stage.speech, 'b', LENGTHS.b);
  await stage.until(() => stage.finals().length === 2);
  expect(stage.of('trouble')).toMatchObject([{ code: told, fatal: true }]);
  expect(stage.of('line').at(-1)?.state).toBe('closed');
  expect(stage.finals()).toEqual([
    ['a', ''],
    ['b', ''],
  ]);
  expect(stage.service.record.lines).toHaveLength(0);
});

test('a session that answers no ping is left, before anybody speaks into the void', async () => {
  const clock = new ManualClock();
  const stage = await speechStage('transcription', { utterances }, { clock });
  await stage.ready();
  // What answers the turn comes after the answer to the first ping.
  speak(stage.speech, 'a', LENGTHS.a);
  await stage.until(() => stage.finals().length === 1);
  stage.service.freeze();
  clock.advance(10_000);
  expect(stage.of('line').at(-1)?.state).toBe('ready');
  clock.advance(10_000);
  await stage.until(() => stage.of('line').at(-1)?.why === 'the session answers no more');
  stage.service.thaw();
});

test('a turn that ends every session is given up in the end, and the next one is heard', async () => {
  const lines = Array.from({ length: 21 }, () => ({ kill: 'before_completed' as const }));
  const stage = await speechStage('transcription', { utterances, lines });
  speak(stage.speech, 'a', LENGTHS.a);
  await stage.until(() => stage.finals().length === 1);
  expect(stage.finals()).toEqual([['a', '']]);
  expect(stage.of('trouble')).toMatchObject([{ code: 'turn_lost' }]);
  speak(stage.speech, 'b', LENGTHS.b);
  await stage.until(() => stage.finals().length === 2);
  expect(stage.finals()[1]).toEqual(['b', 'this is two']);
});

/** Remembers what was waited for. */
class Waits extends ManualClock {
  readonly waits: number[] = [];

  override after(ms: number, wake: () => void): () => void {
    this.waits.push(ms);
    return super.after(ms, wake);
  }
}

test.for([429, 503] as const)('a handshake refused with %d is tried again when the service says so', async (status) => {
  const clock = new Waits();
  const refuse = { status, retryAfterSeconds: 7, message: `not with ${KEY}` };
  const stage = await speechStage('live', { utterances, lines: [{ refuse }] }, { clock });
  await stage.until(() => stage.of('line').at(-1)?.state === 'reconnecting');
  expect(stage.of('line').at(-1)?.why).toContain('[redacted]');
  expect(clock.waits.at(-1)).toBe(7_000);
  clock.advance(7_000);
  await stage.ready();
  expect(stage.of('trouble').every(({ fatal }) => !fatal)).toBe(true);
});

test('a quota that ends within a session ends the session', async () => {
  const failing = { text: 'x', answer: { fails: { code: 'insufficient_quota', times: 9 } } };
  const stage = await speechStage('realtime', { utterances: [failing] });
  speak(stage.speech, 'a', LENGTHS.a);
  await stage.until(() => stage.of('trouble').some(({ code, fatal }) => code === 'insufficient_quota' && fatal));
  await stage.until(() => stage.finals().length === 1);
  expect(stage.service.record.lines).toHaveLength(1);
});
