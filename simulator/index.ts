import { anthropicApi } from './anthropic.ts';
import { geminiApi } from './gemini.ts';
import { openaiApi } from './openai.ts';
import { type Simulator, type SimulatorOptions, serve } from './server.ts';

export { type LoadRefused, loadScenarios } from './load.ts';
export { noScenario } from './match.ts';
export type { Scenario } from './scenario.ts';
export type { RequestEntry, Simulator, SimulatorOptions } from './server.ts';

/**
 * Starts the simulated models of all vendors on one loopback port. Only the paid model is simulated.
 * @throws when the port cannot be had (the system's own error)
 */
export function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  return serve([anthropicApi, openaiApi, geminiApi], options);
}
