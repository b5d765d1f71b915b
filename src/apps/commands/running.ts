import { readFileSync } from 'node:fs';
import { pinnedFetch } from '../../adapters/pinned-fetch/fetch.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { TuttiClient } from '../../wire/client.ts';
import type { Context } from './command.ts';
import { findFolder } from './store.ts';

const how = 'Tutti is not running: start it with tutti up';

/**
 * The gateway of the call's data folder as it is now; none is started. Its certificate is trusted, and no other.
 * @param signal cuts its requests off
 * @param at refuses where it answers at another address
 */
export function running(context: Context, signal?: AbortSignal, at?: string): Result<TuttiClient> {
  const folder = findFolder(context);
  if (!folder.ok) return folder;
  const there = folder.value?.presence();
  if (!folder.value || !there?.url) return refuse('not_running', how);
  const token = textOf(folder.value.file('token'));
  if (token === null) return refuse('not_running', how); // there is none before the first start
  if (at !== undefined && new URL(at).origin !== new URL(there.url).origin) return refuse('not_running', how);
  const trusted = trust(there.certificate);
  if (!trusted.ok) return trusted;
  const { fetch: plain = fetch, ...tls } = trusted.value;
  const send: typeof fetch = signal ? (input, init) => plain(input, { ...init, signal }) : plain;
  return ok(new TuttiClient({ url: there.url, token: token.trim(), fetch: send, ...tls }));
}

function trust(path: string | undefined): Result<{ readonly fetch?: typeof fetch; readonly certificate?: string }> {
  if (path === undefined) return ok({});
  const cert = textOf(path);
  return cert === null
    ? refuse('tls', `the certificate of the gateway, ${path}, cannot be read: start tutti up again`)
    : ok({ fetch: pinnedFetch(cert), certificate: cert });
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
