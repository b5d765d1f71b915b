import { ok, type Result, refuse } from '../../kit/result.ts';
import { TuttiClient } from '../../wire/client.ts';
import type { EdgeCall } from '../services.ts';
import type { EdgeSettings } from './settings.ts';

/** Asks the gateway as it is now, each request cut off by the signal. */
export type Gateway = (signal?: AbortSignal) => Result<TuttiClient>;

/** The gateway of the settings: one elsewhere with its token, else the one of this machine's data folder. */
export function gatewayOf(settings: EdgeSettings, call: Pick<EdgeCall, 'running'>): Gateway {
  const { gateway: url, token } = settings;
  if (url === undefined) return call.running;
  return (signal) => {
    if (token === null) {
      const here = call.running(signal, url);
      return here.ok ? here : refuse('no_token', noToken(url));
    }
    const send: typeof fetch = (input, init) => fetch(input, { ...init, ...(signal ? { signal } : {}) });
    return ok(new TuttiClient({ url, token, fetch: send }));
  };
}

function noToken(url: string): string {
  return `the gateway at ${url} wants a token: set TUTTI_TOKEN or give --token-file (tutti token add edge --scope read,submit,control)`;
}
