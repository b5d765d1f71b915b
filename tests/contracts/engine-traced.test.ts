import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { tracedEngine } from '../../src/runtime/traced-engine.ts';
import { engineContract } from './engine-contract.ts';

engineContract('traced', async () => {
  const clock = new ManualClock();
  const engine = tracedEngine(memoryEngine({ clock }), { take: () => {}, lost: () => {} });
  return { engine, clock, peer: null, close: async () => engine[Symbol.asyncDispose]() };
});
