import { expect, test } from 'vitest';
import {
  defaultSpeechModel,
  judgeSpeechModel,
  priceOfAudio,
  type SpeechKind,
  turnTranscriptionModel,
} from './models.ts';

const today = Date.parse('2026-11-21');
const kinds: readonly SpeechKind[] = ['realtime', 'transcription', 'live'];

test('what is used by default neither is gone nor ends soon', () => {
  for (const kind of kinds)
    expect(judgeSpeechModel(kind, defaultSpeechModel[kind], today)).toEqual({ ok: true, value: null });
  expect(judgeSpeechModel('transcription', turnTranscriptionModel, today)).toEqual({ ok: true, value: null });
});

test.for([
  ['realtime', 'gpt-4o-realtime-preview', 'gpt-realtime-2.1'],
  ['realtime', 'gpt-4o-realtime-preview-2024-12-17', 'gpt-realtime-2.1'],
  ['realtime', 'gpt-4o-mini-realtime-preview', 'gpt-realtime-2.1-mini'],
] as const)('%s: %s is gone, and the refusal names %s', ([kind, model, instead]) => {
  const judged = judgeSpeechModel(kind, model, today);
  expect(judged).toMatchObject({ ok: false, error: { code: 'model_gone' } });
  expect(JSON.stringify(judged)).toContain(`set edge.model or REALTIME_MODEL to ${instead}"`);
});

test.for([
  ['realtime', 'gpt-realtime', '2027-01-20'],
  ['realtime', 'gpt-realtime-mini-2025-12-15', '2027-01-20'],
  ['transcription', 'whisper-1', '2027-02-26'],
  ['transcription', 'gpt-4o-mini-transcribe', '2027-02-26'],
] as const)('%s: %s is warned of until %s and refused from then on', ([kind, model, ends]) => {
  const before = judgeSpeechModel(kind, model, Date.parse(ends) - 1);
  expect(before).toMatchObject({ ok: true, value: expect.stringContaining(ends) });
  expect(judgeSpeechModel(kind, model, Date.parse(ends))).toMatchObject({ ok: false, error: { code: 'model_gone' } });
});

test('a model of another API is refused, one that is not known is left to the service', () => {
  const other = judgeSpeechModel('realtime', 'gpt-live-1', today);
  expect(other).toMatchObject({ ok: false, error: { code: 'model_of_another_kind' } });
  expect(judgeSpeechModel('realtime', 'my-own-model', today)).toEqual({ ok: true, value: null });
});

test('minutes are priced where the price is known', () => {
  expect(priceOfAudio('gpt-transcribe', 120)).toBeCloseTo(0.009);
  expect(priceOfAudio('my-own-model', 120)).toBeNull();
});
