import { resolve } from 'node:path';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Config } from '../../wire/config.ts';
import { type Command, type Context, portFlag, textFlag, wrongCall } from './command.ts';
import { host } from './host.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { metricsPort, serveMetrics } from './metrics-port.ts';
import { certificateOf, serve } from './serve.ts';
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
    host: { type: 'string', value: 'ADDR', help: 'Address to listen on (default: 127.0.0.1); others with TLS only' },
    'tls-cert': { type: 'string', value: 'FILE', help: 'Serve https with this certificate (PEM)' },
    'tls-key': { type: 'string', value: 'FILE', help: 'The key of the certificate (PEM)' },
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
    const settings = withTls(context, config.value);
    if (!settings.ok) return wrongCall(context, settings.error.message);
    const isClear = settings.value.tls === undefined && !['127.0.0.1', '::1', 'localhost'].includes(address);
    if (isClear && context.flags.insecure !== true) {
      const why = 'without TLS only loopback addresses are served';
      return wrongCall(context, `--host ${address}: ${why}; give --tls-cert and --tls-key, or say --insecure`);
    }
    const scraped = metricsPort(context);
    if (!scraped.ok) return wrongCall(context, scraped.error.message);
    const hosted = await host(context, settings.value, true);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    const gateway = await serve(context, place, address, port.value ?? config.value.port ?? PORT);
    if (!gateway.ok) return wrongCall(context, gateway.error.message);
    const metrics = scraped.value === null ? null : await serveMetrics(place, scraped.value, gateway.value.metrics);
    if (metrics && !metrics.ok) return wrongCall(context, metrics.error.message);
    const { folder, house } = place;
    const works = context.flags['no-worker'] !== true;
    const { agents, teams } = place.house.catalogue;
    const { url } = gateway.value;
    const shown = settings.value.tls ? { certificate: settings.value.tls.cert } : {};
    folder.announce({ pid: process.pid, url, ...shown, works, agents: [...agents], teams: [...teams] });
    context.out.write(`tutti ${packageVersion()} at ${url}\n`);
    if (isClear) context.err.write('tutti: --insecure: whoever can listen on this network can read the token\n');
    // A link is a secret: only a person reads a terminal.
    const link = context.out.isTTY === true ? gateway.value.signInLink() : 'tutti open prints a link';
    context.out.write(`data ${folder.path}, token in ${folder.file('token')}\n`);
    context.out.write(`sign in: ${link}\n`);
    if (metrics) context.out.write(`metrics at ${metrics.value}\n`);
    context.out.write(`sandbox: ${house.sandbox}: agents run with your own rights\n`);
    const broken = works ? [place.work().then(() => null, asMessage)] : [];
    const why = await Promise.race([interrupted(context), ...broken]);
    return why === null ? 0 : wrongCall(context, `the worker ended: ${why}`);
  },
};

/** The configuration with the certificate of the call, which must be one that can be used. */
function withTls({ flags, cwd }: Context, config: Config): Result<Config> {
  const [cert, key] = [textFlag(flags, 'tls-cert'), textFlag(flags, 'tls-key')];
  if ((cert === undefined) !== (key === undefined)) {
    return refuse('usage', 'TLS needs a certificate and its key: give --tls-cert and --tls-key');
  }
  const tls =
    cert !== undefined && key !== undefined ? { cert: resolve(cwd, cert), key: resolve(cwd, key) } : undefined;
  const settings = tls ? { ...config, tls } : config;
  const certificate = certificateOf(settings);
  return certificate.ok ? ok(settings) : certificate;
}

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
