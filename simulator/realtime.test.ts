import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { startVoice, voiceScenario } from './realtime.ts';

/** A client that knows nothing but JSON. */
async function client(scenario: z.input<typeof voiceScenario>, path = 'realtime?model=m', headers = {}) {
  const service = await startVoice(voiceScenario.parse(scenario));
  const authorization = 'Bearer any';
  const socket = new WebSocket(`${service.url}/${path}`, { ca: service.ca, headers: { authorization, ...headers } });
  const heard: { readonly type: string; readonly [key: string]: unknown }[] = [];
  const closed = once(socket, 'close').then(([code]) => code);
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  onTestFinished(async () => {
    socket.terminate();
    await service[Symbol.asyncDispose]();
  });
  const until = async (type: string) => {
    await expect.poll(() => heard.some((event) => event.type === type), { interval: 5 }).toBe(true);
    return heard.findLast((event) => event.type === type);
  };
  const send = (event: object) => socket.send(JSON.stringify(event));
  return { service, socket, closed, until, send };
}

const input = { format: { type: 'audio/pcm', rate: 24_000 }, transcription: { model: 't' }, turn_detection: null };
const session = { type: 'realtime', audio: { input } };
const audio = (ms: number) => Buffer.alloc(ms * 48, 7).toString('base64');

test.for([
  ['settings without a type', { type: 'session.update', session: { audio: { input } } }, 'missing_required_parameter'],
  [
    'another rate',
    {
      type: 'session.update',
      session: { ...session, audio: { input: { ...input, format: { type: 'audio/pcm', rate: 16_000 } } } },
    },
    'invalid_value',
  ],
  [
    'two modalities',
    { type: 'session.update', session: { ...session, output_modalities: ['audio', 'text'] } },
    'invalid_value',
  ],
  ['audio that is none', { type: 'input_audio_buffer.append', audio: '' }, 'invalid_value'],
  ['a commit of nothing', { type: 'input_audio_buffer.commit' }, 'input_audio_buffer_commit_empty'],
  ['a cancel of nothing', { type: 'response.cancel' }, 'response_cancel_not_active'],
  ['an item nobody knows', { type: 'conversation.item.retrieve', item_id: 'x' }, 'item_not_found'],
  ['an event nobody knows', { type: 'session.dance' }, 'invalid_value'],
] as const)('%s is refused as the service does', async ([, event, code]) => {
  const { until, send } = await client({ utterances: [] });
  await until('session.created');
  send({ ...event, event_id: 'mine' });
  expect(await until('error')).toMatchObject({ error: { code, event_id: 'mine' } });
});

test('a second response while one is active is refused, and items can be had again', async () => {
  const { until, send } = await client({ utterances: [{ text: 'hello', answer: { say: 'Hello to you.' } }] });
  await until('session.created');
  send({ type: 'session.update', session });
  send({ type: 'input_audio_buffer.append', audio: audio(200) });
  send({ type: 'input_audio_buffer.commit' });
  send({ type: 'response.create' });
  send({ type: 'response.create' });
  expect(await until('error')).toMatchObject({ error: { code: 'conversation_already_has_active_response' } });
  const committed = await until('input_audio_buffer.committed');
  send({ type: 'conversation.item.retrieve', item_id: committed?.item_id });
  await until('conversation.item.retrieved');
  const words = 'conversation.item.input_audio_transcription.completed';
  expect(await until(words)).toMatchObject({ transcript: 'hello', item_id: committed?.item_id });
  await until('response.done');
});

test('the beta of the API is over', async () => {
  const { closed, until } = await client({ utterances: [] }, undefined, { 'OpenAI-Beta': 'realtime=v1' });
  expect(await until('error')).toMatchObject({ error: { code: 'beta_api_shape_disabled' } });
  expect(await closed).toBe(4_000);
});

test('a session that has lasted too long is told so and closed', async () => {
  const { service, closed, until } = await client({ utterances: [] });
  await until('session.created');
  service.expire();
  expect(await closed).toBe(1_001);
  expect(await until('error')).toMatchObject({ error: { code: 'session_expired' } });
});

test('utterances are told apart by their sound, and the same sound has the same words', async () => {
  const long = { when: { fromMs: 500 }, text: 'long' };
  const { service, until, send } = await client({ utterances: [{ text: 'first' }, { text: 'second' }, long] });
  await until('session.created');
  send({ type: 'session.update', session });
  for (const ms of [200, 600, 200, 300]) {
    send({ type: 'input_audio_buffer.append', audio: audio(ms) });
    send({ type: 'input_audio_buffer.commit' });
  }
  await expect.poll(() => service.record.turns.length).toBe(4);
  expect(service.record.turns.map(({ text }) => text)).toEqual(['first', 'long', 'first', 'second']);
});

test('the Live API takes nothing before a session is started', async () => {
  const { socket, until, send } = await client({ utterances: [] }, 'live/sessions');
  await once(socket, 'open');
  send({ type: 'session.input_audio.append', audio: audio(20) });
  expect(await until('error')).toMatchObject({ error: { code: 'session_not_started' } });
});

test('keys are never kept', async () => {
  const { service, until } = await client({ utterances: [] }, undefined, { authorization: 'Bearer sk-very-secret' });
  await until('session.created');
  expect(JSON.stringify([service.record, service.record.lines.map(({ events }) => [...events])])).not.toContain(
    'secret',
  );
});
