import { expect, test } from 'vitest';
import type { AgentDriver, AgentRun } from '../../src/ports/agent.ts';
import { BenchShop, last, report } from './bench-shop.ts';

/** The driver, whose runs say that they have stopped before they have. */
function hasty(driver: AgentDriver, asked: () => Promise<void>): AgentDriver {
  const start: AgentDriver['start'] = (launch) => {
    const run = driver.start(launch);
    return new Proxy(run, {
      get(target, name: keyof AgentRun) {
        if (name !== 'stop')
          return Reflect.get(target, name, target).bind?.(target) ?? Reflect.get(target, name, target);
        return async (...why: Parameters<AgentRun['stop']>) => {
          void target.stop(...why);
          await asked();
        };
      },
    });
  };
  return new Proxy(driver, {
    get: (target, name) => (name === 'start' ? start : Reflect.get(target, name, target)),
  });
}

test('a run that takes its time to end is told so once, and nothing else stands still meanwhile', async () => {
  await using shop = new BenchShop({
    solo: { vendor: 'a', part: { work: [report('progress', 'on it'), { hang: true }], resumed: [{ done: 'ok' }] } },
  });
  const driver = shop.shop.drivers.get('solo');
  let asked = 0;
  const drivers = shop.shop.drivers as Map<string, AgentDriver>;
  const count = async () => {
    if (++asked > 20) await new Promise(setImmediate); // else the run would never come to its end
  };
  if (driver) drivers.set('solo', hasty(driver, count));
  await shop.submit({ agent: 'solo' });
  const running = shop.run();
  await shop.until('agent', (event) => event.seen.type === 'reported');
  await shop.ask({ verb: 'steer', agent: 'solo', text: 'use tabs' });
  expect(last(await running, 'job.ended')).toMatchObject({ status: 'completed' });
  expect(asked).toBe(1);
});
