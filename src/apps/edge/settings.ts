import { readFileSync } from 'node:fs';
import { isPrivate } from '../../domain/browser/address.ts';
import type { SpeechKind } from '../../domain/voice/models.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type EdgeConfig, edgeConfig } from '../../wire/edge-config.ts';
import { refusalOf } from '../../wire/refusal.ts';
import { wordsOf } from '../hearing.ts';
import type { EdgeCall } from '../services.ts';

/** Everything an edge is told, from flags, then the environment, then the configuration. */
export interface EdgeSettings extends Omit<EdgeConfig, 'speech'> {
  readonly speech: SpeechKind;
  /** Whether the service is the simulated one of that kind. */
  readonly isSimulated: boolean;
  readonly key: string;
  /** Bearer token of a gateway elsewhere; null where it is the one of this data folder. */
  readonly token: string | null;
  readonly muted: boolean;
  readonly json: boolean;
  readonly waits: boolean;
  /** Program that plays sound, with its arguments; null: one is looked for. */
  readonly player: readonly string[] | null;
  /** Scenario of the simulated service; null: the shipped one. */
  readonly scenario: string | null;
  /** Port of the page that listens; absent: the usual one. */
  readonly pagePort: number | null;
  readonly logPath: string | null;
  /** Whether the log keeps everything, or only what is wrong. */
  readonly logsAll: boolean;
}

/** Reads the settings of a call; refuses naming the flag, the variable or the key that is wrong. */
export function readSettings({ flags, env, config }: Pick<EdgeCall, 'flags' | 'env' | 'config'>): Result<EdgeSettings> {
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const first = (...names: string[]) =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const number = (name: string) => (env[name] ? Number(env[name]) : undefined);
  const given = {
    source: text('source'),
    device: text('device') ?? first('AUDIO_DEVICE_INDEX'),
    frameMs: number('FRAME_MS'),
    talk: flags['push-to-talk'] === true ? 'push' : undefined,
    speech: text('speech'),
    model: text('model') ?? first('REALTIME_MODEL', 'OPENAI_REALTIME_MODEL'),
    voice: text('voice') ?? first('REALTIME_AGENT_VOICE'),
    name: first('ENGINEER_NAME'),
    gateway: text('gateway') ?? first('WSL_GATEWAY_URL'),
    speak: text('speak'),
    bargeIn: flags['barge-in'] === true ? true : undefined,
  };
  const there = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const mode = number('VAD_AGGRESSIVENESS');
  const vad = { ...config.vad, ...(mode === undefined ? {} : { mode }) };
  const read = edgeConfig.safeParse({ ...config, ...there, vad });
  if (!read.success) {
    const { code, message } = refusalOf(read.error);
    return refuse('usage', `${sourceOf(code)}: ${message}`);
  }
  const page = pageOf(env.EDGE_STREAM_HOST, env.EDGE_STREAM_PORT);
  if (!page.ok) return page;
  const token = tokenOf(text('token-file'), env.TUTTI_TOKEN);
  if (!token.ok) return token;
  const reach = reachable(read.data.gateway);
  if (!reach.ok) return reach;
  const player = playerOf(text('speaker'));
  if (!player.ok) return player;
  const { speech } = read.data;
  return ok({
    ...read.data,
    speech: speech === 'simulated' ? 'realtime' : speech,
    isSimulated: speech === 'simulated' || flags.simulate === true,
    key: first('OPENAI_REALTIME_API_KEY', 'OPENAI_API_KEY') ?? '',
    token: token.value,
    muted: flags.mute === true,
    json: flags.json === true,
    waits: flags.wait === true,
    player: player.value,
    scenario: text('scenario') ?? null,
    pagePort: page.value,
    logPath: first('TRACE_LOG_PATH') ?? null,
    logsAll: !/^(?:warn|warning|error|critical)$/i.test(env.EDGE_LOG_LEVEL ?? ''),
  });
}

const sources: Readonly<Record<string, string>> = {
  frameMs: 'FRAME_MS or edge.frameMs',
  'vad.mode': 'VAD_AGGRESSIVENESS or edge.vad.mode',
  gateway: '--gateway, WSL_GATEWAY_URL or edge.gateway',
  speech: '--speech or edge.speech',
  speak: '--speak or edge.speak',
};

function sourceOf(field: string): string {
  return sources[field] ?? `edge.${field}`;
}

function tokenOf(file: string | undefined, given: string | undefined): Result<string | null> {
  if (file === undefined) return ok(given?.trim() || null);
  try {
    const token = readFileSync(file, 'utf8').trim();
    return token === '' ? refuse('no_token', `--token-file ${file} is empty`) : ok(token);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : String(error);
    return refuse('no_token', `--token-file ${file} cannot be read (${why})`);
  }
}

/** What is said, and the token, go in clear over this machine and private networks at most. */
function reachable(url: string | undefined): Result<null> {
  if (url === undefined || url.startsWith('https:') || isPrivate(new URL(url).hostname)) return ok(null);
  return refuse(
    'usage',
    `${url} is not encrypted and not in a private network: use https (tutti up --tls-cert, or a proxy)`,
  );
}

/** The page that listens is for this machine alone: browsers give a microphone to no other address without TLS. */
function pageOf(host: string | undefined, port: string | undefined): Result<number | null> {
  if (host && !['127.0.0.1', 'localhost'].includes(host)) {
    return refuse(
      'usage',
      `EDGE_STREAM_HOST is 127.0.0.1 or localhost, not "${host.slice(0, 60)}": no other machine may listen`,
    );
  }
  if (!port) return ok(null);
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 65_536;
  return number <= 65_535 ? ok(number) : refuse('usage', `EDGE_STREAM_PORT is a port, not "${port.slice(0, 20)}"`);
}

function playerOf(given: string | undefined): Result<readonly string[] | null> {
  if (given === undefined) return ok(null);
  const words = wordsOf(given.replace(/^command:/, ''));
  if (words && words.length > 0) return ok(words);
  return refuse('usage', `--speaker takes command:PROGRAM …, which plays raw 24 kHz PCM, not "${given.slice(0, 60)}"`);
}
