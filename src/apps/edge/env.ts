import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isPrivate } from '../../domain/browser/address.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The names an `.env.local` may set. Source: the mission (parity §1.4). */
const fileNames: ReadonlySet<string> = new Set([
  'OPENAI_API_KEY',
  'OPENAI_REALTIME_API_KEY',
  'REALTIME_MODEL',
  'OPENAI_REALTIME_MODEL',
  'REALTIME_AGENT_VOICE',
  'WSL_GATEWAY_URL',
  'TUTTI_TOKEN',
  'FRAME_MS',
  'VAD_AGGRESSIVENESS',
  'AUDIO_DEVICE_INDEX',
  'ENGINEER_NAME',
  'EDGE_LOG_LEVEL',
  'EDGE_STREAM_HOST',
  'EDGE_STREAM_PORT',
]);

/**
 * Our environment with the edge's `.env.local` of the folder underneath. The file lies in a working folder that may be
 * somebody else's: it cannot say where files are written, and not that what is said goes to a host of the public net.
 */
export function edgeEnvironment(env: Env, folder: string): Env {
  const path = join(folder, '.env.local');
  const file = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  const known = Object.entries(file).filter(
    ([name, value]) => fileNames.has(name) && (name !== 'WSL_GATEWAY_URL' || isNear(value)),
  );
  return { ...Object.fromEntries(known), ...env };
}

function isNear(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && isPrivate(new URL(url).hostname);
}
