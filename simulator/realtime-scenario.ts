import { z } from 'zod';

const times = z.number().int().nonnegative();

/** What the simulated voice does with a turn. */
const answer = z.strictObject({
  /** Asks for this tool first. */
  call: z.strictObject({ tool: z.string(), args: z.unknown() }).optional(),
  /** `{output}` stands for what the tool has answered, `{output.jobs.0.status}` for a part of it. */
  say: z.string().default('Okay.'),
  /** Length of the tone that stands for the voice. Milliseconds. */
  audioMs: z.number().int().positive().default(400),
  /** So many times the response fails before it succeeds. */
  fails: z.strictObject({ code: z.string(), times }).optional(),
});

/** A turn of speech as the simulated service hears it. */
const utterance = z.strictObject({
  /** By the sound of it: length in milliseconds, loudness as root mean square. Without it, utterances come in their order. */
  when: z
    .strictObject({ fromMs: z.number().optional(), toMs: z.number().optional(), louderThan: z.number().optional() })
    .optional(),
  text: z.string(),
  /** Milliseconds before its words come: later than those of the next one, for words out of order. */
  delayMs: z.number().int().nonnegative().default(0),
  /** How often the final words are sent. */
  copies: times.default(1),
  /** So many times no words come of it, or the transcription fails, before it succeeds. */
  silent: times.default(0),
  failed: times.default(0),
  answer: answer.optional(),
});
export type Utterance = z.infer<typeof utterance>;
export type Answer = z.infer<typeof answer>;

const stages = [
  'open',
  'configured',
  'append',
  'before_commit',
  'after_commit',
  'mid_delta',
  'before_completed',
  'mid_response',
  'after_call',
] as const;
export type Stage = (typeof stages)[number];

/** What happens to one line; the first entry is for the first line that is asked for, and so on. */
const line = z.strictObject({
  refuse: z
    .strictObject({
      status: z.number().int(),
      code: z.string().optional(),
      message: z.string().default('refused by the scenario'),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
  /** The socket is destroyed, without a word, when it first gets there. */
  kill: z.enum(stages).optional(),
});
export type LineTrouble = z.infer<typeof line>;

/** What the simulated speech services hear and do. */
export const voiceScenario = z.strictObject({
  utterances: z.array(utterance),
  /** What is heard when they are used up; absent: words that say so. */
  rest: utterance.optional(),
  lines: z.array(line).default([]),
  /** Whether pings are answered. */
  pongs: z.boolean().default(true),
  /** Life of a session as `expires_at` tells it. Seconds. */
  sessionSeconds: z.number().int().positive().default(3_600),
});
export type VoiceScenario = z.infer<typeof voiceScenario>;

/** What is heard where the scenario has no words left. */
export const noWords = 'simulated speech: no words for this';

/** Gives audio its words. The same audio has the same words, however often and over whichever line it comes. */
export class Words {
  readonly #scenario: VoiceScenario;
  readonly #known = new Map<string, { readonly utterance: Utterance; heard: number }>();
  #next = 0;

  constructor(scenario: VoiceScenario) {
    this.#scenario = scenario;
  }

  /** @returns the utterance and how often it was heard before */
  of(sound: { readonly hash: string; readonly ms: number; readonly loudness: number }): {
    readonly utterance: Utterance;
    readonly before: number;
  } {
    const known = this.#known.get(sound.hash) ?? { utterance: this.#choose(sound.ms, sound.loudness), heard: 0 };
    this.#known.set(sound.hash, known);
    return { utterance: known.utterance, before: known.heard++ };
  }

  /** The utterance with these words, where a client writes them instead of speaking. */
  written(text: string): Utterance | null {
    const { utterances, rest } = this.#scenario;
    return utterances.find((one) => one.text === text) ?? (rest?.text === text ? rest : null);
  }

  #choose(ms: number, loudness: number): Utterance {
    const fits = ({ when }: Utterance) =>
      when !== undefined &&
      ms >= (when.fromMs ?? 0) &&
      ms < (when.toMs ?? Infinity) &&
      loudness > (when.louderThan ?? -1);
    const inOrder = this.#scenario.utterances.filter((one) => one.when === undefined);
    const found = this.#scenario.utterances.find(fits) ?? inOrder[this.#next++];
    return found ?? this.#scenario.rest ?? utterance.parse({ text: noWords });
  }
}

/** Words with what a tool has answered in them; a part that is not there is empty. */
export function withOutput(words: string, output: string): string {
  return words.replace(/\{output(?:\.([\w.]+))?\}/g, (_, path?: string) => {
    if (path === undefined) return output;
    const found = path.split('.').reduce<unknown>((at, name) => Reflect.get(Object(at), name), parsed(output));
    return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a tool may answer plain words
  }
}
