import { z } from 'zod';
import { providerNames } from '../domain/browser/provider.ts';
import { team } from '../domain/planning/team.ts';
import { edgeConfig } from './edge-config.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of lower-case letters, digits and dashes');

/** A configured agent. `protocol` is needed for names that are not built in. Source: DESIGN §6. */
const agent = z
  .strictObject({
    protocol: z.enum(['claude', 'codex', 'acp', 'events', 'plugin']).optional(),
    /** Package or module with a driver of its own, for the protocol `plugin`. */
    driver: z.string().min(1).optional(),
    command: z.array(z.string()).min(1).optional(),
    bin: z.string().optional(),
    vendor: z.string().optional(),
    model: z.string().optional(),
    env: z.array(z.string()).optional(),
  })
  .refine((value) => !(value.command && value.bin), 'expected either "command" or "bin", not both');

/** Where the end of a trace is announced. */
const webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }),
  /** Name of the environment variable with the secret that signs what is sent. */
  secretEnv: z.string().min(1),
  /** Whether the address may lie on this machine or in a private network. */
  allowPrivate: z.boolean().default(false),
});
export type Webhook = z.infer<typeof webhook>;

/** `tutti.config.json` or the default export of `tutti.config.ts`. */
export const config = z.strictObject({
  agents: z.record(name, agent).default({}),
  teams: z.record(name, team).default({}),
  /** The team of a task that names none; absent: big3, and one agent alone for a plainly small task. */
  defaultTeam: name.optional(),
  verify: z.string().min(1).optional(),
  /** Folder whose files stand in for the shipped prompts of the same name. */
  prompts: z.string().min(1).optional(),
  /** Folders of skill files, or single files, besides the shipped ones. */
  skills: z.array(z.string()).default([]),
  /** A model that is asked what an utterance means where the rules are unsure: any endpoint of OpenAI's kind. */
  router: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }),
      model: z.string().min(1),
      /** Name of the environment variable with the key. */
      keyEnv: z.string().min(1).optional(),
      deadlineMs: z.number().int().min(1).max(60_000).default(1_500),
    })
    .optional(),
  /** What confines the agents. `auto` takes the best there is, `required` refuses to run without one. */
  sandbox: z.enum(['auto', 'required', 'off']).default('auto'),
  /** The agent that writes summaries, or `deterministic` for none; absent: the first of the team that is there. */
  summaries: name.optional(),
  /** The browser agent. */
  browser: z
    .strictObject({
      /** Whose model it is; absent: gemini. */
      provider: z.enum(providerNames).optional(),
      model: z.string().min(1).optional(),
      /** Path of a Chromium, Chrome or Edge; absent: one is looked for. */
      bin: z.string().min(1).optional(),
      /** The only hosts it may go to; absent: every public one. */
      hosts: z.array(z.string().min(1)).optional(),
      /** Hosts of this machine or a private network it may go to. */
      privateHosts: z.array(z.string().min(1)).optional(),
      /** Environment variables the agent may type without its model seeing them, each with the hosts it is for. */
      secrets: z
        .record(
          z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'expected the name of a variable'),
          z.array(z.string().min(1)).min(1),
        )
        .optional(),
      /** Where it begins when the task names no address. */
      startUrl: z.string().min(1).optional(),
      maxTurns: z.number().int().min(1).max(500).optional(),
      /** Whether coding agents at work may ask for a look (`browser_use`); it costs what the browser's model costs. */
      forAgents: z.boolean().optional(),
      headless: z.boolean().optional(),
    })
    .default({}),
  /** The voice edge. */
  edge: edgeConfig.prefault({}),
  limits: z
    .strictObject({
      cpuPercent: z.number().positive().optional(),
      memoryMb: z.number().positive().optional(),
      /** Time a job may work; waiting for a person does not count. */
      runtimeSeconds: z.number().positive().optional(),
      /** Tokens of all agents of a job together. */
      tokens: z.number().int().positive().optional(),
      /** Runs of agents in a job. */
      turns: z.number().int().positive().optional(),
    })
    .default({}),
  budget: z
    .strictObject({ usdPerJob: z.number().positive().optional(), usdPerDay: z.number().positive().optional() })
    .default({}),
  commands: z
    .strictObject({
      block: z.array(z.string()).default([]),
      confirm: z.array(z.string()).default([]),
      monitor: z.array(z.string()).default([]),
    })
    .default({ block: [], confirm: [], monitor: [] }),
  /** Milliseconds without a sign of life after which a run has hung. */
  inactivityMs: z.number().int().min(1_000).default(600_000),
  /** Jobs at once. */
  concurrency: z.number().int().min(1).max(100).default(4),
  port: z.number().int().min(0).max(65_535).optional(),
  host: z.string().optional(),
  /** Names of this machine under which the gateway may be addressed, beside those of loopback. */
  names: z
    .array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'expected a host name or an address'))
    .max(100)
    .default([]),
  /** PEM files with which the gateway speaks TLS. */
  tls: z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
  /** Jobs that may be queued; beyond it the gateway answers 503. */
  maxQueued: z.number().int().min(1).max(1_000_000).default(1_000),
  /** Requests of one token that change something, each minute; beyond it the gateway answers 429. */
  writesPerMinute: z.number().positive().max(1_000_000).default(600),
  /** Told of each trace when its last job has ended. */
  webhooks: z.array(webhook).max(20).default([]),
});
export type Config = z.infer<typeof config>;
export type ConfigInput = z.input<typeof config>;

/** Keys that are read and checked but have no effect yet, so that nobody trusts in them. */
export function withoutEffect(value: Config): readonly string[] {
  const keys: [string, boolean][] = [
    ['limits.cpuPercent', value.limits.cpuPercent !== undefined],
    ['limits.memoryMb', value.limits.memoryMb !== undefined],
    ['commands', Object.values(value.commands).some((list) => list.length > 0)],
  ];
  return keys.filter(([, used]) => used).map(([key]) => key);
}
