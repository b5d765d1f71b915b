import { type Scenario, startSimulator } from '../../simulator/index.ts';
import { acpDriver } from '../../src/adapters/agent-acp/driver.ts';
import { claudeDriver } from '../../src/adapters/agent-claude/driver.ts';
import { codexDriver } from '../../src/adapters/agent-codex/driver.ts';
import type { AgentConfig, AgentDriver, DriverWorld } from '../../src/ports/agent.ts';
import { Bench } from './agent-bench.ts';

export type Turns = Scenario['roles'][number]['turns'];

const programs = {
  claude: { protocol: 'claude', vendor: 'anthropic', drive: claudeDriver },
  codex: { protocol: 'codex', vendor: 'openai', drive: codexDriver },
  gemini: { protocol: 'acp', vendor: 'google', drive: acpDriver },
} as const;
export type Program = keyof typeof programs;

/** A real CLI, the simulated model that plays these turns for the prompt "Do the task", and a private place for both. */
export async function stage(name: Program, turns: Turns, config: Partial<AgentConfig> = {}) {
  const { drive, ...known } = programs[name];
  const roles = turns.length ? [{ name: 'worker', when: { prompt: ['Do the task'] }, turns }] : [];
  const bench = new Bench();
  const simulator = await startSimulator({ scenarios: [{ name, roles }] });
  const endpoint = { url: simulator.url, key: 'simulated', home: bench.home };
  const make: (config: AgentConfig, world: DriverWorld) => AgentDriver = drive;
  return {
    bench,
    simulator,
    driver: make({ name, ...known, endpoint, ...config }, bench.world),
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}
