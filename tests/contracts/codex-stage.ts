import { type Scenario, startSimulator } from '../../simulator/index.ts';
import { codexDriver } from '../../src/adapters/agent-codex/driver.ts';
import type { AgentConfig } from '../../src/ports/agent.ts';
import { Bench } from './agent-bench.ts';

export type Turns = Scenario['roles'][number]['turns'];

function scripted(turns: Turns): Scenario {
  return { name: 'codex', roles: turns.length ? [{ name: 'worker', when: { prompt: ['Do the task'] }, turns }] : [] };
}

/** The real Codex, the simulated model with these turns, and a private place for both. */
export async function stage(turns: Turns, config: Partial<AgentConfig> = {}) {
  const bench = new Bench();
  const simulator = await startSimulator({ scenarios: [scripted(turns)] });
  const endpoint = { url: simulator.url, key: 'sk-simulated', home: bench.home };
  const driver = codexDriver({ name: 'codex', protocol: 'codex', vendor: 'openai', endpoint, ...config }, bench.world);
  return {
    bench,
    simulator,
    driver,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}
