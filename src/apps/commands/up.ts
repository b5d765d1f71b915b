import { packageVersion } from '../../adapters/package-files/package.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Command, type Context, portFlag, textFlag, wrongCall } from './command.ts';
import { host } from './host.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { serve } from './serve.ts';
import { simulateFlags } from './simulation.ts';
import { configFlags, readConfig } from './store.ts';

const PORT = 8080;

export const up: Command = {
  name: 'up',
  summary: 'Start the gateway and a worker on the data folder. Jobs that were running go on.',
  usage: 'up [options]',
  words: [0, 0],
  flags: {
    port: { type: 'string', short: 'p', value: 'N', help: `Port of the gateway (default: ${PORT}; 0: any free one)` },
    host: { type: 'string', value: 'ADDR', help: 'Loopback address to listen on (default: 127.0.0.1)' },
    insecure: { type: 'boolean', help: 'Also listen where others can reach it: unencrypted, the token in clear' },
    'no-worker': { type: 'boolean', help: 'Take in tasks, but run none' },
    ...simulateFlags,
    ...configFlags,
  },
  endsItself: true,
  async run(context) {
    const config = await readConfig(context);
    if (!config.ok) return wrongCall(context, config.error.message);
    const port = portFlag(context.flags);
    if (!port.ok) return wrongCall(context, port.error.message);
    const address = textFlag(context.flags, 'host') ?? config.value.host ?? '127.0.0.1';
    const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(address);
    if (!isLoopback && context.flags.insecure !== true) {
      const why = 'only loopback addresses are served, as there is no TLS yet';
      return wrongCall(context, `--host ${address}: ${why}; put a proxy with TLS in front, or say --insecure`);
    }
    const hosted = await host(context, config.value, true);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    const gateway = await serve(context, place, address, port.value ?? config.value.port ?? PORT);
    if (!gateway.ok) return wrongCall(context, gateway.error.message);
    const { folder, house } = place;
    const works = context.flags['no-worker'] !== true;
    const { agents, teams } = place.house.catalogue;
    folder.announce({ pid: process.pid, url: gateway.value.url, works, agents: [...agents], teams: [...teams] });
    context.out.write(`tutti ${packageVersion()} at ${gateway.value.url}\n`);
    if (!isLoopback) context.err.write('tutti: --insecure: whoever can listen on this network can read the token\n');
    context.out.write(`data ${folder.path}, token in ${folder.file('token')}\n`);
    context.out.write(`sandbox: ${house.sandbox}: agents run with your own rights\n`);
    const broken = works ? [place.work().then(() => null, asMessage)] : [];
    const why = await Promise.race([interrupted(context), ...broken]);
    return why === null ? 0 : wrongCall(context, `the worker ended: ${why}`);
  },
};

function asMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Resolves at the first Ctrl-C or SIGTERM; a later one leaves at once, and the next start goes on from the journal. */
function interrupted(context: Context): Promise<null> {
  return new Promise((resolve) => {
    const first = () => {
      context.err.write('shutting down: agents are stopped and can be resumed …\n');
      resolve(null);
    };
    onInterrupt(systemClock, first, leave);
  });
}
