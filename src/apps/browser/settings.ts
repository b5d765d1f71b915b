import { z } from 'zod';
import { providerNames } from '../../domain/browser/provider.ts';

/** What the browser agent is told by its first argument, as JSON. */
export const browserSettings = z.strictObject({
  /** Whose model sees and points. */
  provider: z.enum(providerNames).default('gemini'),
  /** Null for the provider's usual one. */
  model: z.string().nullable().default(null),
  /** Address of the model's API; null for the vendor's own. */
  url: z.string().nullable().default(null),
  /** Key for a simulated model; a real one comes by the environment. */
  key: z.string().nullable().default(null),
  /** Path of the Chromium; null to look for one. */
  bin: z.string().nullable().default(null),
  hosts: z.array(z.string()).default([]),
  privateHosts: z.array(z.string()).default([]),
  /** Names of environment variables that may be typed, and the hosts on whose pages. */
  secrets: z.record(z.string(), z.array(z.string())).default({}),
  startUrl: z.string().nullable().default(null),
  maxTurns: z.number().int().min(1).max(500).default(30),
  headless: z.boolean().default(true),
});
export type BrowserSettings = z.infer<typeof browserSettings>;
