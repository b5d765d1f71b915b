import { type Certificate, readCertificate } from '../../adapters/certificate-file/certificate.ts';
import { earsOf } from '../../adapters/data-folder/ears.ts';
import { liveToken } from '../../adapters/data-folder/live-token.ts';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { pageFolder } from '../../adapters/package-files/page.ts';
import { liveTokens } from '../../adapters/token-file/tokens.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Config } from '../../wire/config.ts';
import type { Gateway, Receiver } from '../services.ts';
import type { Context } from './command.ts';
import type { Host } from './host.ts';

/** Starts the gateway of an opened data folder; it closes with the host. Port 0: the system chooses. */
export async function serve(context: Context, place: Host, address: string, port: number): Promise<Result<Gateway>> {
  const { folder, house, config } = place;
  const token = folder.token();
  if (!token.ok) return token;
  const receivers = receiversOf(config, place.house.shop.env);
  if (!receivers.ok) return receivers;
  const certificate = certificateOf(config);
  if (!certificate.ok) return certificate;
  try {
    const gateway = await context.services.startGateway({
      engine: house.engine,
      clock: systemClock,
      tokens: liveTokens(folder.file('tokens.json')),
      token: liveToken(folder.file('token'), token.value),
      log: house.shop.log,
      answerMcp: context.services.answerMcp,
      host: address,
      names: config.names,
      ...(certificate.value ? { certificate: certificate.value } : {}),
      port,
      catalogue: house.catalogue,
      target: context.cwd,
      dataFolder: folder.path,
      workspaces: house.shop.workspaces,
      page: pageFolder,
      ears: () => earsOf(folder.path),
      skills: () =>
        (house.catalogue.skills?.() ?? []).map(({ name, description, worker }) => ({ name, description, worker })),
      maxQueued: config.maxQueued,
      writesPerMinute: config.writesPerMinute,
      // Only who leads the folder tells of its traces.
      receivers: place.leads ? receivers.value : [],
      version: packageVersion(),
      traces: house.traces,
    });
    place.defer(() => gateway[Symbol.asyncDispose]());
    return ok(gateway);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = { EADDRINUSE: 'is in use', EACCES: 'needs more rights' }[code] ?? `cannot be used (${code})`;
    return refuse('port', `port ${port} on ${address} ${why}; choose another with --port`);
  }
}

/** The configured certificate; null where none is. */
export function certificateOf({ tls }: Config): Result<Certificate | null> {
  return tls ? readCertificate(tls.cert, tls.key, systemClock.now()) : ok(null);
}

/** The configured webhooks with their secrets; refuses naming the variable that is missing. */
function receiversOf({ webhooks }: Config, env: Context['env']): Result<readonly Receiver[]> {
  const missing = webhooks.find(({ secretEnv }) => !env[secretEnv]);
  if (missing) return refuse('webhooks', `the webhook ${missing.url} needs its secret in ${missing.secretEnv}`);
  return ok(webhooks.map(({ url, secretEnv, allowPrivate }) => ({ url, allowPrivate, secret: env[secretEnv] ?? '' })));
}
