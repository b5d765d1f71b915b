import { expect, onTestFinished } from 'vitest';
import type { z } from 'zod';
import { startVoice, voiceScenario } from '../../simulator/realtime.ts';
import { type OpenSpeechOptions, openSpeech } from '../../src/adapters/speech-openai/open.ts';
import { HEARD_HZ } from '../../src/domain/voice/audio.ts';
import { defaultSpeechModel, type SpeechKind } from '../../src/domain/voice/models.ts';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { Speech, SpeechEvent, SpeechSettings } from '../../src/ports/speech.ts';

export const KEY = 'sk-secret-key-of-the-tests-0123456789';

/** A clock on which all waits are a fifth as long: the Live API tells the end of things by pauses alone. */
const hastyClock: Clock = { now: () => Date.now(), after: (ms, wake) => systemClock.after(ms / 5, wake) };

export function settingsOf(kind: SpeechKind): SpeechSettings {
  return {
    model: defaultSpeechModel[kind],
    voice: 'marin',
    language: 'en',
    keywords: ['worktree'],
    instructions: 'Answer briefly.',
    tools: [{ name: 'list_jobs', description: 'Lists the jobs.', parameters: { type: 'object', properties: {} } }],
  };
}

type Of<Type extends SpeechEvent['type']> = Extract<SpeechEvent, { readonly type: Type }>;

/** A session with a simulated service, and all it has told so far. */
export async function speechStage(
  kind: SpeechKind,
  scenario: z.input<typeof voiceScenario>,
  more: Partial<OpenSpeechOptions> = {},
) {
  const service = await startVoice(voiceScenario.parse(scenario));
  const clock = kind === 'live' ? hastyClock : systemClock;
  const where = { url: service.url, ca: service.ca, key: KEY };
  const opened = openSpeech({ kind, settings: settingsOf(kind), clock, random: () => 0, ...where, ...more });
  if (!opened.ok) throw new Error(opened.error.message);
  const speech = opened.value;
  const events: SpeechEvent[] = [];
  const reading = (async () => {
    for await (const event of speech.events) events.push(event);
  })();
  onTestFinished(async () => {
    await speech[Symbol.asyncDispose]();
    await reading;
    await service[Symbol.asyncDispose]();
    expect(JSON.stringify(events)).not.toContain(KEY);
  });
  const of = <Type extends SpeechEvent['type']>(type: Type) =>
    events.filter((event): event is Of<Type> => event.type === type);
  const finals = () => of('final').map(({ turn, text }) => [turn, text]);
  /** Waits until something holds. */
  const until = (what: () => boolean) => expect.poll(what, { timeout: 20_000, interval: 5 }).toBe(true);
  const ready = () => until(() => of('line').at(-1)?.state === 'ready');
  return { service, speech, events, reading, of, finals, until, ready };
}

/** A tone, as a turn of speech of its own sound. */
export function sound(ms: number, hz = 300): Int16Array {
  const samples = Math.round((ms * HEARD_HZ) / 1_000);
  return Int16Array.from({ length: samples }, (_, i) => 8_000 * Math.sin((2 * Math.PI * hz * i) / HEARD_HZ));
}

/** Frames of 20 ms. */
export function frames(pcm: Int16Array): readonly Int16Array[] {
  return Array.from({ length: Math.ceil(pcm.length / 320) }, (_, i) => pcm.subarray(i * 320, i * 320 + 320));
}

/** Speaks a whole turn of so many milliseconds. */
export function speak(speech: Speech, turn: string, ms: number): void {
  speech.begin(turn);
  for (const frame of frames(sound(ms))) speech.hear(frame);
  speech.end();
}

/** Samples of 24 kHz that a turn of so many milliseconds comes to, with what brings its last ones through the filter. */
export function arrived(ms: number): number {
  return Math.ceil(((ms * HEARD_HZ) / 1_000 + 16) * 1.5);
}
