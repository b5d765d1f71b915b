import { join } from 'node:path';
import type { Simulator } from '../../../simulator/index.ts';
import { packageRoot } from '../../adapters/package-files/package.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Flag } from './command.ts';

export const simulateFlags: Readonly<Record<string, Flag>> = {
  simulate: { type: 'boolean', help: 'Use simulated models: costs nothing, plays scenarios' },
  scenario: {
    type: 'string',
    value: 'PATH',
    help: 'Scenario file or folder for --simulate (default: the shipped ones)',
  },
};

/** Starts the simulated models on a loopback port, with the given scenarios or the shipped ones. */
export async function simulate(scenarios: string | undefined, port = 0): Promise<Result<Simulator>> {
  const { loadScenarios, startSimulator } = await import('../../../simulator/index.ts'); // most calls simulate nothing
  const loaded = await loadScenarios(scenarios ?? join(packageRoot, 'simulator', 'scenarios'));
  return loaded.ok ? ok(await startSimulator({ scenarios: loaded.value, port })) : loaded;
}
