import { join } from 'node:path';
import { liveToken } from '../../adapters/data-folder/live-token.ts';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Result, refuse } from '../../kit/result.ts';
import type { Gateway } from '../services.ts';
import { type Command, type Context, numberFlag, textFlag, wrongCall } from './command.ts';
import { type Host, host } from './host.ts';
import { simulateFlags } from './simulation.ts';
import { configFlags, openConfigured } from './store.ts';

const PORT = 8080;

export const up: Command = {
  name: 'up',
  summary: 'Start the gateway and a worker on the data folder. Jobs that were running go on.',
  usage: 'up [options]',
  words: [0, 0],
  flags: {
    port: { type: 'string', short: 'p', value: 'N', help: `Port of the gateway (default: ${PORT}; 0: any free one)` },
    host: { type: 'string', value: 'ADDR', help: 'Loopback address to listen on (default: 127.0.0.1)' },
    'no-worker': { type: 'boolean', help: 'Take in tasks, but run none' },
    ...simulateFlags,
    ...configFlags,
  },
  async run(context) {
    const opened = await openConfigured(context);
    if (!opened.ok) return wrongCall(context, opened.error.message);
    const { folder, config } = opened.value;
    const port = numberFlag(context.flags, 'port', 0, 65_535);
    if (!port.ok) return wrongCall(context, port.error.message);
    const address = textFlag(context.flags, 'host') ?? config.host ?? '127.0.0.1';
    if (!['127.0.0.1', '::1', 'localhost'].includes(address)) {
      return wrongCall(context, `--host ${address}: only loopback addresses are served, as there is no TLS yet`);
    }
    const hosted = await host(context, folder, config, true);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    const gateway = await serve(context, place, folder.token(), address, port.value ?? config.port ?? PORT);
    if (!gateway.ok) return wrongCall(context, gateway.error.message);
    place.defer(() => gateway.value[Symbol.asyncDispose]());
    folder.announce({ pid: process.pid, url: gateway.value.url });
    if (context.flags['no-worker'] !== true) void place.work();
    context.out.write(`tutti ${packageVersion()} at ${gateway.value.url}\n`);
    context.out.write(`data ${folder.path}, token in ${folder.file('token')}\n`);
    context.out.write(`sandbox: ${place.house.sandbox}: agents run with your own rights\n`);
    await interrupted(context);
    return 0;
  },
};

async function serve(context: Context, place: Host, token: string, address: string, port: number): Promise<Result<Gateway>> {
  const { engine, catalogue, shop } = place.house;
  const options = { engine, catalogue, log: shop.log, token: liveToken(join(shop.dataFolder, 'token'), token), port, clock: systemClock, host: address, target: context.cwd, version: packageVersion() };
  try {
    return { ok: true, value: await context.services.startGateway(options) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'needs more rights' : `cannot be used (${String(error)})`;
    return refuse('port', `port ${port} on ${address} ${why}; choose another with --port`);
  }
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one leaves at once, and the next start goes on from the journal. */
function interrupted(context: Context): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const handle = () => {
      if (asked) process.exit(130);
      asked = true;
      context.err.write('shutting down: agents are stopped and can be resumed …\n');
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  });
}
