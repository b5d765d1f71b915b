import { type Scenario, startSimulator } from '../../simulator/index.ts';
import { acpDriver } from '../../src/adapters/agent-acp/driver.ts';
import type { AgentConfig } from '../../src/ports/agent.ts';
import { Bench } from './agent-bench.ts';

type Turns = Scenario['roles'][number]['turns'];

function scripted(turns: Turns): Scenario {
  return { name: 'gemini', roles: [{ name: 'worker', when: { prompt: ['Do the task'] }, turns }] };
}

/** The real Gemini CLI, the simulated model with these turns, and a private place for both. */
export async function stage(turns: Turns, config: Partial<AgentConfig> = {}) {
  const bench = new Bench();
  const simulator = await startSimulator({ scenarios: [scripted(turns)] });
  const endpoint = { url: simulator.url, key: 'simulated', home: bench.home };
  const driver = acpDriver({ name: 'gemini', protocol: 'acp', vendor: 'google', endpoint, ...config }, bench.world);
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
