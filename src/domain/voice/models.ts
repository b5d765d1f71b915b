import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';

/** How a service is spoken to. */
export type SpeechKind = 'realtime' | 'transcription' | 'live';

/** What is used where nothing else was named. */
export const defaultSpeechModel: Readonly<Record<SpeechKind, string>> = {
  realtime: 'gpt-realtime-2.1',
  transcription: 'gpt-live-transcribe',
  live: 'gpt-live-1',
};

/** What writes down the turns of a `realtime` session, beside the model that answers. */
export const turnTranscriptionModel = 'gpt-transcribe';

/** Models that end: the day of their end (null: they are gone) and what takes their place. Source: OpenAI's deprecations. */
interface Ending {
  readonly of: RegExp;
  readonly ends: string | null;
  readonly instead: string;
}

const endings: readonly Ending[] = [
  { of: /^gpt-4o-mini-realtime-preview/, ends: null, instead: 'gpt-realtime-2.1-mini' },
  { of: /^gpt-4o-realtime-preview/, ends: null, instead: 'gpt-realtime-2.1' },
  { of: /^gpt-realtime(-2025-08-28)?$/, ends: '2027-01-20', instead: 'gpt-realtime-2.1' },
  { of: /^gpt-realtime-mini(-\d{4}-\d\d-\d\d)?$/, ends: '2027-01-20', instead: 'gpt-realtime-2.1-mini' },
  { of: /^gpt-audio-mini(-\d{4}-\d\d-\d\d)?$/, ends: '2027-01-20', instead: 'gpt-realtime-2.1-mini' },
  { of: /^whisper-1$/, ends: '2027-02-26', instead: 'gpt-transcribe' },
  { of: /^gpt-4o-(mini-)?transcribe/, ends: '2027-02-26', instead: 'gpt-transcribe' },
];

/** Which kind a model is for, by its name; unknown names are left to the service. */
const families: readonly { readonly of: RegExp; readonly kind: SpeechKind }[] = [
  {
    of: /^gpt-live-transcribe|^gpt-transcribe|^gpt-realtime-whisper|^whisper|^gpt-4o-(mini-)?transcribe/,
    kind: 'transcription',
  },
  { of: /^gpt-live-\d/, kind: 'live' },
  { of: /^gpt-realtime|^gpt-4o-(mini-)?realtime/, kind: 'realtime' },
];

/**
 * Whether a model can be used today.
 * @param now epoch milliseconds
 * @returns a sentence to tell where it ends soon, else null; refuses one that is gone or speaks another API
 */
export function judgeSpeechModel(
  kind: SpeechKind,
  model: string,
  now: number,
): Result<string | null, Refusal<'model_gone' | 'model_of_another_kind'>> {
  const ending = endings.find(({ of }) => of.test(model));
  // The end of a transcription model is answered in a session of its own by one that works there.
  const instead = kind === 'transcription' ? defaultSpeechModel.transcription : ending?.instead;
  if (ending && (ending.ends === null || now >= Date.parse(ending.ends))) {
    const since = ending.ends === null ? 'has been retired by OpenAI' : `was retired by OpenAI on ${ending.ends}`;
    return refuse('model_gone', `the model ${model} ${since}: set edge.model or REALTIME_MODEL to ${instead}`);
  }
  const family = families.find(({ of }) => of.test(model));
  if (family && family.kind !== kind) {
    const better = defaultSpeechModel[kind];
    const told = `the model ${model} is for edge.speech "${family.kind}": set that, or a model for "${kind}" such as ${better}`;
    return refuse('model_of_another_kind', told);
  }
  if (!ending) return ok(null);
  return ok(
    `the model ${model} will be retired on ${ending.ends}: set edge.model or REALTIME_MODEL to ${instead} before`,
  );
}

/** What a minute of audio costs at services that count minutes. US dollars. Source: OpenAI's model pages, November 2026. */
const perMinute: Readonly<Record<string, number>> = {
  'gpt-live-transcribe': 0.017,
  'gpt-realtime-whisper': 0.017,
  'gpt-transcribe': 0.0045,
  'gpt-live-1': 0.05,
};

/** @returns US dollars; null where the model has no known price by the minute */
export function priceOfAudio(model: string, seconds: number): number | null {
  const price = perMinute[model];
  return price === undefined ? null : (price * seconds) / 60;
}
