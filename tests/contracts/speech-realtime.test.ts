import { expect, test } from 'vitest';
import { openSpeech } from '../../src/adapters/speech-openai/open.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { arrived, frames, KEY, settingsOf, sound, speak, speechStage } from './speech-stage.ts';

const withAnswer = (answer: object) => ({ utterances: [{ text: 'what runs', answer }, { text: 'thanks' }] });

test('every setting reaches the session, and the turns are ours to mark out', async () => {
  const { service, ready } = await speechStage('realtime', { utterances: [] });
  await ready();
  expect(service.record.lines[0]?.settings).toMatchObject({
    type: 'realtime',
    instructions: 'Answer briefly.',
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: { model: 'gpt-transcribe', language: 'en', keywords: ['worktree'] },
        noise_reduction: { type: 'near_field' },
        turn_detection: null,
      },
      output: { voice: 'marin' },
    },
    tools: [{ type: 'function', name: 'list_jobs' }],
  });
});

test('a session that only writes down has no voice and no tools', async () => {
  const { service, ready, speech, until, of } = await speechStage('transcription', { utterances: [] });
  await ready();
  const { settings } = service.record.lines[0] ?? {};
  expect(settings).toMatchObject({ type: 'transcription' });
  expect(JSON.stringify(settings)).not.toMatch(/voice|list_jobs/);
  speech.say('s', 'hello');
  await until(() => of('trouble').some(({ code }) => code === 'not_said'));
});

test('a turn arrives whole at 24 kHz and is answered by voice', async () => {
  const { service, speech, until, of } = await speechStage('realtime', withAnswer({ say: 'Two jobs.', audioMs: 250 }));
  speak(speech, 'a', 480);
  await until(() => of('answered').length === 1);
  expect(service.record.turns.map(({ samples }) => samples)).toEqual([arrived(480)]);
  expect(of('answered')).toEqual([{ type: 'answered', turn: 'a', text: 'Two jobs.', ok: true }]);
  expect(of('audio').reduce((sum, { pcm }) => sum + pcm.length, 0)).toBe(6_000);
  expect(of('spoken')).toMatchObject([{ about: null, text: 'Two jobs.' }]);
  expect(of('used').at(-1)?.use).toMatchObject({ inputTokens: 120, outputTokens: 22 });
  // 40 text, 60 cached and 20 audio tokens in, 10 text and 12 audio tokens out, at the list's prices of gpt-realtime-2.1.
  expect(of('used').at(-1)?.use.usd).toBeCloseTo(0.001832, 6);
});

test('a turn shorter than the service takes is filled up, not lost', async () => {
  const { service, speech, finals, until } = await speechStage('transcription', { utterances: [{ text: 'no' }] });
  speak(speech, 'a', 40);
  await until(() => finals().length === 1);
  expect(finals()).toEqual([['a', 'no']]);
  expect(service.record.errors).toEqual([]);
});

test('responses never overlap, whatever wants one', async () => {
  const { service, speech, until, of, ready } = await speechStage('realtime', {
    utterances: ['one', 'two', 'three'].map((text) => ({ text, answer: { say: `About ${text}.` } })),
  });
  await ready();
  speak(speech, 'a', 300);
  speech.say('news', 'Job 7 is done.');
  speak(speech, 'b', 340);
  speak(speech, 'c', 380);
  await until(() => of('answered').length === 3 && of('spoken').length === 4);
  expect(service.record.errors).toEqual([]);
  expect(of('spoken').filter(({ about }) => about === 'news')).toMatchObject([{ text: 'Job 7 is done.' }]);
});

test('a tool is asked for, and the answer goes on from what it gave', async () => {
  const scenario = withAnswer({ call: { tool: 'list_jobs', args: { all: true } }, say: 'There are {output}.' });
  const { service, speech, until, of } = await speechStage('realtime', scenario);
  speak(speech, 'a', 400);
  await until(() => of('call').length === 1);
  const [call] = of('call');
  expect(call).toMatchObject({ tool: 'list_jobs', args: '{"all":true}' });
  speech.answer(call?.call ?? '', 'two jobs');
  speech.answer(call?.call ?? '', 'something else');
  await until(() => of('answered').length === 1);
  expect(of('answered')).toEqual([{ type: 'answered', turn: 'a', text: 'There are two jobs.', ok: true }]);
  expect(service.record.errors).toEqual([]);
});

test('words that are read aloud leave no trace in the conversation, and wait while somebody speaks', async () => {
  const { service, speech, until, of, ready } = await speechStage('realtime', { utterances: [{ text: 'yes' }] });
  await ready();
  speech.begin('a');
  for (const frame of frames(sound(300))) speech.hear(frame);
  speech.say('news', 'Job 7 is done.');
  speech.end();
  await until(() => of('spoken').length === 2);
  expect(of('spoken').map(({ about }) => about)).toEqual([null, 'news']);
  expect(service.record.responses.at(-1)).toMatchObject({ conversation: 'none', text: 'Job 7 is done.' });
});

test('who interrupts is believed: the answer is cancelled, and cut to what was heard', async () => {
  const { service, speech, until, of } = await speechStage('realtime', withAnswer({ say: 'word '.repeat(400) }));
  speak(speech, 'a', 400);
  await until(() => of('audio').length > 0);
  const item = of('audio')[0]?.item ?? '';
  speech.interrupt(item, 40);
  await until(() => of('answered').length === 1);
  expect(of('answered')[0]).toMatchObject({ turn: 'a', ok: false });
  expect(service.record.responses.at(-1)?.status).toBe('cancelled');
  await until(() => service.record.lines[0]?.written.length === 1);
  expect(service.record.lines[0]?.written).toEqual([{ truncated: item, audio_end_ms: 40 }]);
  expect(service.record.errors).toEqual([]);
});

test('an answer that fails by itself is asked for again', async () => {
  const clock = new ManualClock();
  const scenario = withAnswer({ say: 'Two jobs.', fails: { code: 'server_error', times: 1 } });
  const { speech, service, until, of, ready } = await speechStage('realtime', scenario, { clock });
  await ready();
  speak(speech, 'a', 400);
  await until(() => of('final').length === 1 && of('used').length === 2);
  clock.advance(2_000);
  await until(() => of('answered').length === 1);
  expect(of('answered')[0]).toMatchObject({ text: 'Two jobs.', ok: true });
  expect(service.record.responses.map(({ status }) => status)).toEqual(['failed', 'completed']);
});

test.for([
  ['a model that is gone', { settings: { ...settingsOf('realtime'), model: 'gpt-4o-realtime-preview' } }, 'model_gone'],
  ['a transcription model of another kind', { transcriptionModel: 'gpt-live-1' }, 'model_of_another_kind'],
  ['no key', { key: '' }, 'no_key'],
  ['an address without TLS', { url: 'http://127.0.0.1:1/v1' }, 'bad_address'],
] as const)('%s is refused before anything is sent', ([, more, code]) => {
  const base = { kind: 'realtime' as const, settings: settingsOf('realtime'), key: KEY };
  const opened = openSpeech({ ...base, clock: new ManualClock(Date.parse('2026-11-21')), random: () => 0, ...more });
  expect(opened).toMatchObject({ ok: false, error: { code } });
});

test('a model that ends soon is told of', async () => {
  const settings = { ...settingsOf('realtime'), model: 'gpt-realtime' };
  const clock = new ManualClock(Date.parse('2026-11-21'));
  const { of, until } = await speechStage('realtime', { utterances: [] }, { settings, clock });
  await until(() => of('trouble').some(({ code, fatal }) => code === 'model_ends' && !fatal));
});
