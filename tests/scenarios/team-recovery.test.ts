import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event, EventOf } from '../../src/domain/event.ts';
import { evolve } from '../../src/domain/evolve.ts';
import { recoveryRates } from '../../src/domain/recovery/rates.ts';
import { emptySession } from '../../src/domain/session.ts';
import type { AgentDriver, AgentRun } from '../../src/ports/agent.ts';
import { BenchShop, count, last, report, write } from './bench-shop.ts';

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

/** Acts of a program that gives up with these last words. */
const dies = (words: string) => [{ stderr: words }, { crash: 1 }];
const goesOn = [write('x.txt', 'done\n'), { done: 'done' }];

/** A job of one agent whose first life ends like this; it goes on when it is started again in its own session. */
async function recover(work: readonly object[], more: { name?: string; inactivityMs?: number; target?: string } = {}) {
  const { name = 'solo', inactivityMs } = more;
  await using shop = new BenchShop({ [name]: { vendor: 'a', part: { work, resumed: goesOn } } });
  if (inactivityMs) Object.assign(shop.shop, { inactivityMs });
  await shop.submit({ agent: name, ...(more.target ? { target: more.target } : {}) });
  const recorded = await shop.run().then(() => shop.recorded());
  const events = recorded.map(({ event }) => event);
  expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  expect(count(events, 'question.asked')).toBe(0);
  expect(await shop.processes.endMarked('TUTTI_JOB', shop.job)).toBe(0);
  const launches = events.filter((event): event is EventOf<'run.launching'> => event.type === 'run.launching');
  const at = (fits: (event: Event) => boolean) => recorded.find(({ event }) => fits(event))?.at ?? Number.NaN;
  const rates = recoveryRates(recorded.reduce((before, { event, at }) => evolve(before, event, at), emptySession));
  return { taken: last(events, 'recovery.taken'), launches, rates, at };
}

test('an agent told to wait by its model waits that long, and goes on in its own session', async () => {
  const { taken, launches, rates, at } = await recover(dies('429 Too Many Requests: retry after 0.4s'));
  expect(taken).toMatchObject({ pattern: 'rate_limit', cure: 'wait_and_resume', status: 'started' });
  const [failed, begun] = [
    at((e) => e.type === 'run.ended'),
    at((e) => e.type === 'run.launching' && e.run === 'solo.2'),
  ];
  expect(taken?.wait_until ?? 0).toBeGreaterThanOrEqual(failed + 400);
  expect(begun).toBeGreaterThanOrEqual(taken?.wait_until ?? Number.POSITIVE_INFINITY);
  expect(launches.map(({ resume }) => resume !== null)).toEqual([false, true]);
  expect(rates).toMatchObject([{ pattern: 'rate_limit', taken: 1, cured: 1, escalated: 0 }]);
});

test('an agent that crashed is started again at once', async () => {
  const { taken, launches } = await recover([write('half.txt', 'half\n'), { crash: 139 }]);
  expect(taken).toMatchObject({ pattern: 'crashed', cure: 'relaunch', wait_until: null, retry_count: 1, tries: 3 });
  expect(launches).toHaveLength(2);
});

test('an agent that falls silent is ended and started again', async () => {
  const { taken, launches } = await recover([report('progress', 'on it'), { hang: true }], { inactivityMs: 400 });
  expect(taken).toMatchObject({ pattern: 'hung', cure: 'relaunch', status: 'started' });
  expect(launches[1]?.resume).toMatch(/^s-/);
});

test('an agent that names a folder of the person’s project it may not reach is started again with it', async () => {
  await using place = new BenchShop({});
  const wish = join(place.target, 'README.md');
  const words = `Path not in workspace: Attempted path "${wish}" resolves outside the allowed workspace directories: /w`;
  const { taken, launches, rates } = await recover(dies(words), { name: 'gemini', target: place.target });
  expect(taken).toMatchObject({ pattern: 'gemini_permissions', action: 'relaunched_with_directories' });
  expect(launches[1]?.changes.directories).toEqual([wish]);
  expect(rates).toMatchObject([{ pattern: 'gemini_permissions', taken: 1, cured: 1 }]);
});

test('a trouble that comes again each time is given up after its tries, and counted as such', async () => {
  await using shop = new BenchShop({ solo: { vendor: 'a', part: { work: [{ crash: 1 }], resumed: [{ crash: 1 }] } } });
  await shop.submit({ agent: 'solo' });
  await shop.run();
  const recorded = await shop.recorded();
  const rates = recoveryRates(recorded.reduce((before, { event, at }) => evolve(before, event, at), emptySession));
  expect(rates).toEqual([{ pattern: 'crashed', issue: 'CRASHED', taken: 3, cured: 0, returned: 3, escalated: 1 }]);
});
