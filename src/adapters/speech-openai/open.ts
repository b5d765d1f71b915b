import {
  defaultSpeechModel,
  judgeSpeechModel,
  type SpeechKind,
  turnTranscriptionModel,
} from '../../domain/voice/models.ts';
import type { Clock } from '../../kit/clock.ts';
import { redactor } from '../../kit/redact.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { Speech, SpeechEvent, SpeechSettings } from '../../ports/speech.ts';
import { LiveSpeech } from './live.ts';
import type { SpeechOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { RealtimeSpeech } from './realtime.ts';
import type { NoiseReduction } from './settings.ts';

/** OpenAI's own address. */
const OPENAI_URL = 'https://api.openai.com/v1';

export interface OpenSpeechOptions {
  readonly kind: SpeechKind;
  readonly settings: SpeechSettings;
  readonly key: string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Base address, https and ending in `/v1`; absent: OpenAI's own. The simulated service is told here. */
  readonly url?: string;
  /** A certificate to trust in place of the system's; PEM. */
  readonly ca?: string;
  /** What writes down the turns of a `realtime` session; absent: the default. */
  readonly transcriptionModel?: string;
  /** Where the microphone is; absent: near. */
  readonly noiseReduction?: NoiseReduction;
}

/**
 * Begins a session with a speech service of OpenAI, or with a simulated one. It connects by itself: what becomes of that is
 * told by its events.
 * @returns refuses a model that is gone or of another kind, a missing key, and an address that is not https
 */
export function openSpeech(options: OpenSpeechOptions): Result<Speech, Refusal> {
  const { kind, settings, key, clock, random, url = OPENAI_URL, ca = null } = options;
  if (key === '') return refuse('no_key', `edge.speech "${kind}" needs a key: set OPENAI_API_KEY in .env.local`);
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    return refuse('bad_address', `the speech service’s address ${url} is not https: the key is sent over nothing else`);
  }
  const words = options.transcriptionModel ?? turnTranscriptionModel;
  const judged = judgeSpeechModel(kind, settings.model, clock.now());
  if (!judged.ok) return judged;
  const judgedWords = kind === 'realtime' ? judgeSpeechModel('transcription', words, clock.now()) : ok(null);
  if (!judgedWords.ok) return judgedWords;
  const outbox = new Outbox();
  for (const message of [judged.value, judgedWords.value]) {
    if (message !== null) outbox.tell({ type: 'trouble', code: 'model_ends', message, fatal: false });
  }
  const shared: SpeechOptions = {
    settings,
    service: { url: url.replace(/\/+$/, ''), key, ca },
    clock,
    random,
    noise: options.noiseReduction === undefined ? 'near_field' : options.noiseReduction,
    words: kind === 'realtime' ? words : settings.model,
    outbox,
    clean: cleaner(key),
  };
  if (kind === 'live') return ok(new LiveSpeech(shared));
  return ok(new RealtimeSpeech(shared, kind === 'realtime' ? words : null));
}

/** The model of a kind where none was named. */
export function modelOf(kind: SpeechKind, named: string | undefined): string {
  return named ?? defaultSpeechModel[kind];
}

/** Takes the key, and what looks like one, out of what a service or a socket has said. */
function cleaner(key: string): (event: SpeechEvent) => SpeechEvent {
  const clean = redactor({ OPENAI_API_KEY: key });
  return (event) => {
    if (event.type === 'trouble') return { ...event, message: clean(event.message).slice(0, 500) };
    return event.type === 'line' ? { ...event, why: clean(event.why).slice(0, 500) } : event;
  };
}
