import { describe, expect, test } from 'vitest';
import type { SpeechKind } from '../../src/domain/voice/models.ts';
import { frames, sound, speak, speechStage } from './speech-stage.ts';

const kinds: readonly SpeechKind[] = ['realtime', 'transcription', 'live'];
const two = { utterances: [{ text: 'fix the failing test' }, { text: 'and review it' }] };

describe.for(kinds)('a speech service, %s', (kind) => {
  test('gives every ended turn its words once, and parts of them before', async () => {
    const { speech, finals, until, of, ready, service } = await speechStage(kind, two);
    await ready();
    speak(speech, 'a', 500);
    await until(() => finals().length === 1);
    speak(speech, 'b', 700);
    await until(() => finals().length === 2);
    expect(finals()).toEqual([
      ['a', 'fix the failing test'],
      ['b', 'and review it'],
    ]);
    const parts = of('delta').filter(({ turn }) => turn === 'a');
    expect(parts.map(({ text }) => text).join('')).toBe('fix the failing test');
    expect(service.record.errors).toEqual([]);
  });

  test('keeps what is said before it is connected', async () => {
    const { speech, finals, until, service } = await speechStage(kind, two);
    speak(speech, 'a', 500);
    speak(speech, 'b', 700);
    await until(() => finals().length === 2);
    expect(Object.fromEntries(finals())).toEqual({ a: 'fix the failing test', b: 'and review it' });
    expect(service.record.errors).toEqual([]);
  });

  test('lets a dropped turn come to nothing', async () => {
    const long = { utterances: [{ when: { fromMs: 400, toMs: 600 }, text: 'fix the failing test' }] };
    const { speech, finals, until, ready, of } = await speechStage(kind, long);
    await ready();
    speech.begin('noise');
    for (const frame of frames(sound(200))) speech.hear(frame);
    speech.drop();
    speak(speech, 'a', 500);
    await until(() => finals().length === 1);
    expect(finals()).toEqual([['a', 'fix the failing test']]);
    expect(of('delta').every(({ turn }) => turn === 'a')).toBe(true);
  });

  test('leaves the caller its buffers', async () => {
    const { speech, finals, until, service } = await speechStage(kind, { utterances: [{ text: 'same' }] });
    const buffer = new Int16Array(320);
    speech.begin('a');
    for (const frame of frames(sound(400))) {
      buffer.set(frame);
      speech.hear(buffer);
    }
    buffer.fill(0);
    speech.end();
    await until(() => finals().length === 1);
    const [first] = service.record.turns;
    await until(() => finals().length === 1);
    speak(speech, 'b', 400);
    await until(() => finals().length === 2);
    expect(service.record.turns[1]?.hash).toBe(first?.hash);
  });

  test('ends its events with the session, and gives what still waits a final', async () => {
    const { speech, events, reading, service } = await speechStage(kind, two);
    service.freeze();
    speak(speech, 'a', 500);
    await speech[Symbol.asyncDispose]();
    await reading;
    expect(events.slice(-2)).toEqual([
      { type: 'line', state: 'closed', why: 'the session is over' },
      { type: 'final', turn: 'a', text: '' },
    ]);
    service.thaw();
  });

  test('tells what the audio costs', async () => {
    const { speech, until, of } = await speechStage(kind, two);
    speak(speech, 'a', 1_000);
    await until(() => of('used').length > 0);
    const [first] = of('used').filter(({ use }) => use.audioSeconds > 0);
    expect(first?.use.usd).toBeGreaterThan(0);
  });
});
