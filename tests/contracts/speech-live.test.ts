import { expect, test } from 'vitest';
import { speak, speechStage } from './speech-stage.ts';

test('the session is started first, at 16 kHz, with the likely words in its instructions', async () => {
  const { service, ready } = await speechStage('live', { utterances: [] });
  await ready();
  expect(service.record.lines[0]?.settings).toMatchObject({
    model: 'gpt-live-1',
    instructions: expect.stringContaining('worktree'),
    audio: { format: { type: 'audio/pcm', rate: 16_000 }, output: { voice: 'marin' } },
    delegation: { type: 'client' },
  });
});

test('a delegation comes with the words of its turn, and its outcome is spoken', async () => {
  const answer = { call: { tool: 'any', args: null } };
  const { service, speech, until, of } = await speechStage('live', { utterances: [{ text: 'fix it', answer }] });
  speak(speech, 'a', 500);
  await until(() => of('call').length === 1);
  const [call] = of('call');
  expect(call).toMatchObject({ tool: 'delegate', args: '{"utterance":"fix it"}' });
  speech.answer(call?.call ?? '', 'It is fixed.');
  await until(() => of('spoken').some(({ text }) => text === 'It is fixed.'));
  expect(service.record.lines[0]?.written).toMatchObject([{ delegation_id: call?.call, content: 'It is fixed.' }]);
});

test('words are spoken as commentary, one after the other', async () => {
  const { speech, until, of } = await speechStage('live', { utterances: [] });
  speech.say('one', 'Job 7 is done.');
  speech.say('two', 'Job 8 too.');
  await until(() => of('spoken').length === 2);
  expect(of('spoken')).toMatchObject([
    { about: 'one', text: 'Job 7 is done.' },
    { about: 'two', text: 'Job 8 too.' },
  ]);
  expect(of('audio').every(({ about }) => about !== null)).toBe(true);
});
