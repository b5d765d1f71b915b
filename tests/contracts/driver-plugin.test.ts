import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventsDriver } from '../../src/adapters/agent-events/driver.ts';
import { pluginDriver } from '../../src/adapters/agent-plugin/load.ts';
import { loadConfig } from '../../src/adapters/config-file/load.ts';
import { systemProcesses } from '../../src/adapters/process/processes.ts';
import { noSandbox } from '../../src/adapters/sandbox-none/none.ts';
import { driverPromises } from '../../src/driver-contract.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { AgentConfig, DriverWorld } from '../../src/ports/agent.ts';

const plugins = join(import.meta.dirname, '..', 'fixtures', 'plugins');
const echo: AgentConfig = {
  name: 'echo',
  protocol: 'plugin',
  vendor: 'me',
  driver: join(plugins, 'echo-driver', 'index.mjs'),
};
const { driver: makeEcho } = (await import(echo.driver ?? '')) as { driver: typeof eventsDriver };

describe('the exported contract of drivers', () => {
  for (const { name, check } of driverPromises({
    driver: (world) => makeEcho(echo, world),
    quick: 'do: echo done',
    long: 'do: touch begun; sleep 300',
  })) {
    test(`holds a plug-in: ${name}`, check);
  }

  const script =
    'read line; case "$line" in long) touch begun; sleep 300;; esac; echo \'{"type":"result","payload":{"text":"ok"}}\'';
  const config: AgentConfig = { name: 'mine', protocol: 'events', vendor: 'me', command: ['/bin/sh', '-c', script] };
  for (const { name, check } of driverPromises({
    driver: (world) => eventsDriver(config, world),
    quick: 'quick\n',
    long: 'long\n',
  })) {
    test(`holds the events driver: ${name}`, check);
  }

  test('is broken by a driver that tells no end', async () => {
    const silent = driverPromises({
      driver: (world) => {
        const real = makeEcho(echo, world);
        const start: typeof real.start = (launch) => {
          const run = real.start(launch);
          return Object.assign(Object.create(run), {
            stop: run.stop.bind(run),
            async *[Symbol.asyncIterator]() {
              for await (const item of run) if (item.type !== 'ended') yield item;
            },
          });
        };
        return { ...real, start };
      },
      quick: 'do: echo done',
      long: 'do: touch begun; sleep 300',
    });
    await expect(silent[0]?.check()).rejects.toThrow();
  });
});

describe('a plug-in named in the configuration', () => {
  const known = { agents: ['claude'], teams: ['big3'] };
  const configOf = (agent: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-plugin-'));
    writeFileSync(join(folder, 'tutti.config.json'), JSON.stringify({ agents: { echo: agent } }));
    return loadConfig(folder, undefined, known);
  };
  const world: DriverWorld = {
    processes: systemProcesses({ clock: systemClock }),
    sandbox: noSandbox,
    clock: systemClock,
  };

  test('is found from the folder of the configuration', async () => {
    const read = await configOf({ protocol: 'plugin', driver: echo.driver });
    expect(read).toMatchObject({ ok: true, value: { agents: { echo: { driver: echo.driver } } } });
  });

  test('is refused where it cannot be found, is no driver, or stands beside another protocol', async () => {
    expect(await configOf({ protocol: 'plugin', driver: 'no-such-package' })).toMatchObject({
      error: { message: expect.stringContaining('"no-such-package" cannot be found') },
    });
    expect(await configOf({ protocol: 'plugin' })).toMatchObject({
      error: { message: expect.stringContaining('expected a "driver"') },
    });
    expect(await configOf({ protocol: 'acp', command: ['x'], driver: 'y' })).toMatchObject({
      error: { message: expect.stringContaining('expected the protocol plugin') },
    });
    const none = await pluginDriver({ ...echo, driver: join(plugins, 'echo-driver', 'package.json') }, world);
    expect(none).toMatchObject({ ok: false, error: { code: 'bad_driver' } });
  });
});
