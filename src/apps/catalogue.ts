import { shippedTeams } from '../adapters/package-files/package.ts';
import type { AgentConfig } from '../ports/agent.ts';
import type { Catalogue } from '../runtime/submission.ts';
import type { Config } from '../wire/config.ts';
import { openRouter, type RouterOptions } from './router.ts';

/** Vendor and protocol of the agents that need no configuration. */
export const builtInAgents: Readonly<Record<string, Pick<AgentConfig, 'protocol' | 'vendor'>>> = {
  claude: { protocol: 'claude', vendor: 'anthropic' },
  codex: { protocol: 'codex', vendor: 'openai' },
  gemini: { protocol: 'acp', vendor: 'google' },
  browser: { protocol: 'events', vendor: 'google' },
};

/** A job may work this long, unless somebody says otherwise. Source: the mission's limits (document D). */
const USUAL_RUNTIME_S = 3_600;

/** The team of a task that names none, where the configuration names none either. */
export const usualTeam = 'big3';

/**
 * What a task may name under this config, and how its words are routed: known before anything is opened.
 * @param more with a data folder its skills are read too
 */
export function catalogueOf(config: Config, more: RouterOptions = {}): Catalogue {
  const known = {
    agents: new Set([...Object.keys(builtInAgents), ...Object.keys(config.agents)]),
    teams: new Set([...shippedTeams().keys(), ...Object.keys(config.teams)]),
  };
  const router = openRouter(config, known, more);
  return {
    ...known,
    ...(router.ok ? router.value : { unusable: router.error.message }),
    verify: config.verify ?? null,
    budget_usd: config.budget.usdPerJob ?? null,
    limits: {
      tokens: config.limits.tokens ?? null,
      wall_ms: (config.limits.runtimeSeconds ?? USUAL_RUNTIME_S) * 1_000,
      turns: config.limits.turns ?? null,
    },
  };
}
