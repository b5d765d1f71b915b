import { z } from 'zod';

/** The part of the configuration that is about the voice edge. */
export const edgeConfig = z.strictObject({
  /** `mic`, `browser`, `file:PATH` or `command:PROGRAM …` that prints 16 kHz, 16 bit, mono PCM. */
  source: z.string().min(1).default('mic'),
  /** The microphone, by its id or a part of its name; absent: the system's usual one. */
  device: z.string().min(1).optional(),
  frameMs: z.union([z.literal(20), z.literal(30)]).default(20),
  vad: z
    .strictObject({
      /** `fvad`, or `package:NAME`: a module that exports `openVad` as src/ports/vad.ts says. */
      engine: z
        .string()
        .regex(/^(?:fvad|package:.+)$/, 'expected fvad or package:NAME')
        .default('fvad'),
      /** How sure it must be: 0 hears most, 3 least. */
      mode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).default(2),
      /** A turn begins when so many of the last `onsetOf` frames are voiced. */
      onset: z.number().int().min(1).max(50).default(3),
      onsetOf: z.number().int().min(1).max(50).default(5),
      /** It ends after so much silence. Milliseconds, as the others. */
      hangoverMs: z.number().int().min(100).max(10_000).default(500),
      /** What was heard before the turn was noticed and belongs to it. */
      preRollMs: z.number().int().min(0).max(2_000).default(300),
      /** Time after the start in which the detector only learns the noise. */
      warmUpMs: z.number().int().min(0).max(10_000).default(1_000),
      /** A turn longer than this is ended, and the next one begins. */
      longestMs: z.number().int().min(1_000).max(300_000).default(60_000),
    })
    .default({
      engine: 'fvad',
      mode: 2,
      onset: 3,
      onsetOf: 5,
      hangoverMs: 500,
      preRollMs: 300,
      warmUpMs: 1_000,
      longestMs: 60_000,
    }),
  /** `open`: it listens all the time; `push`: only while a key is held or toggled. */
  talk: z.enum(['open', 'push']).default('open'),
  speech: z.enum(['realtime', 'transcription', 'live', 'simulated']).default('realtime'),
  model: z.string().min(1).optional(),
  voice: z.string().min(1).default('marin'),
  language: z
    .string()
    .regex(/^[a-z]{2}$/, 'expected two letters, such as en')
    .optional(),
  keywords: z.array(z.string().min(1)).max(100).default([]),
  /** How people are addressed. */
  name: z.string().max(60).optional(),
  /** Address of the gateway; absent: the one of this machine's data folder. */
  gateway: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  /** What is spoken back: by the service where it talks, else by the system's voice. */
  speak: z.enum(['auto', 'system', 'off']).default('auto'),
  /** Whether the microphone goes on listening while the edge speaks: for headphones, or devices that remove their own echo. */
  bargeIn: z.boolean().default(false),
  /** News is told after so much silence. Milliseconds. */
  quietMs: z.number().int().min(0).max(60_000).default(2_500),
  /** News waits no longer than this for silence. Milliseconds. */
  holdMs: z.number().int().min(0).max(600_000).default(20_000),
});
export type EdgeConfig = z.infer<typeof edgeConfig>;
