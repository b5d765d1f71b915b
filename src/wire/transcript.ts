import { z } from 'zod';
import { type TaskBody, taskBody } from './task.ts';

const words = z.string().refine((text) => text.isWellFormed(), 'holds half of a surrogate pair');
const fragment = z.union([words, z.looseObject({ text: words })]);

/**
 * Body of `POST /transcript`, every variant of the mission in one: `{text, is_final, latency_ms, timestamp}`,
 * `{transcript, event}`, `{utterance, fragments}`. Source: parity §1.2.
 */
export const transcriptBody = taskBody
  .omit({ utterance: true, fragments: true })
  .extend({
    text: words.optional(),
    transcript: words.optional(),
    utterance: words.optional(),
    fragments: z.array(fragment).optional(),
    /**
     * The speech service's event, or its name: one that ends in `.delta` is about a part; `heard` says that these are
     * words somebody else has acted on: they are written down and make no job.
     */
    event: z.unknown().optional(),
    is_final: z.boolean().optional(),
    latency_ms: z.number().nullish(),
    timestamp: z.union([z.number(), z.string()]).nullish(),
  })
  .strict()
  .refine((body) => sources(body).length > 0, {
    path: ['text'],
    message: 'say it in "text", "transcript" or "utterance"',
  })
  .refine((body) => sources(body).length < 2, {
    path: ['text'],
    message: 'give one of "text", "transcript" and "utterance", not several',
  });
export type TranscriptBody = z.infer<typeof transcriptBody>;

type Said = { readonly [name in 'text' | 'transcript' | 'utterance']?: string | undefined } & {
  readonly fragments?: readonly z.infer<typeof fragment>[] | undefined;
};

/** The words that were heard. */
export function heardText(body: TranscriptBody): string {
  return sources(body)[0] ?? '';
}

/** What was said, in whichever fields; fragments alone count joined. */
function sources({ text, transcript, utterance, fragments }: Said): readonly string[] {
  const given = [text, transcript, utterance].filter((one) => one !== undefined);
  if (given.length > 0 || !fragments) return given;
  return [fragments.map((one) => (typeof one === 'string' ? one : one.text).trim()).join(' ')];
}

/** What was handed in: a task, a part of what is being said, or final words that are only to be written down. */
export function kindOfTranscript({ is_final, event }: TranscriptBody): 'task' | 'part' | 'heard' {
  if (!(is_final ?? !isPart(event))) return 'part';
  return nameOf(event) === 'heard' ? 'heard' : 'task';
}

/** The task that a final transcript is. */
export function taskOfTranscript(body: TranscriptBody): TaskBody {
  const { text: _, transcript: __, utterance: ___, is_final: ____, ...rest } = body;
  const { event, latency_ms, timestamp, metadata, ...task } = rest;
  const about = { event, latency_ms, timestamp };
  const isTold = Object.values(about).some((value) => value !== undefined);
  const given = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : { metadata };
  const told = isTold ? { metadata: { ...given, transcript: about } } : { metadata };
  return { ...task, ...told, utterance: sources(body)[0] ?? '' };
}

function isPart(event: unknown): boolean {
  return nameOf(event)?.endsWith('.delta') === true;
}

function nameOf(event: unknown): string | null {
  const name = typeof event === 'object' && event !== null && 'type' in event ? event.type : event;
  return typeof name === 'string' ? name : null;
}

/** Body of `POST /api/v1/orchestrate`. */
export const orchestrateBody = z.strictObject({ prompt: words, target_dir: z.string().optional() });
