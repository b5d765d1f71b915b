import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { engineContract } from './engine-contract.ts';

engineContract('memory', async () => {
  const clock = new ManualClock();
  const engine = memoryEngine({ clock });
  return { engine, clock, peer: null, close: async () => engine[Symbol.asyncDispose]() };
});
