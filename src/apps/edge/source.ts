import type { PageCommand, PageView } from '../../adapters/audio-browser/line.ts';
import { serveEars } from '../../adapters/audio-browser/server.ts';
import { commandSource } from '../../adapters/audio-command/source.ts';
import { fileSource } from '../../adapters/audio-file/source.ts';
import { pvDevices, pvSource } from '../../adapters/audio-pvrecorder/source.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { Speaker } from '../../ports/speaker.ts';
import { findRecorder } from './recorder.ts';
import type { EdgeSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A source, and what comes with it where it is a page. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: AudioSource;
  /** The page plays what is said; null where it is not listened to by a page. */
  readonly speaker: Speaker | null;
  /** Address of the page, for its person alone. */
  readonly url: string | null;
  /** Shows at the page how it stands. */
  show(view: PageView): void;
}

const EARS_PORT = 9_099;

/**
 * What is listened to: `mic`, `file:PATH`, `command:PROGRAM …` or `browser`.
 * @param onCommand what a person does at the page
 */
export async function openSource(
  settings: EdgeSettings,
  env: Env,
  onCommand: (command: PageCommand) => void,
): Promise<Result<OpenedSource>> {
  if (settings.source === 'browser') return openPage(settings, onCommand);
  const source = await sourceOf(settings, env);
  if (!source.ok) return source;
  return ok({ source: source.value, speaker: null, url: null, show() {}, async [Symbol.asyncDispose]() {} });
}

async function openPage(
  { frameMs, pagePort }: EdgeSettings,
  onCommand: (command: PageCommand) => void,
): Promise<Result<OpenedSource>> {
  const ears = await serveEars({ clock: systemClock, frameMs, port: pagePort ?? EARS_PORT, onCommand });
  if (!ears.ok) return ears;
  const { url, line } = ears.value;
  return ok({
    ...{ source: line.source, speaker: line.speaker, url },
    show: (view) => line.show(view),
    [Symbol.asyncDispose]: () => ears.value[Symbol.asyncDispose](),
  });
}

async function sourceOf({ source, device }: EdgeSettings, env: Env): Promise<Result<AudioSource>> {
  const [kind = '', ...words] = source.split(':');
  const what = words.join(':');
  if (source === 'mic') return microphone(device ?? null, env);
  if (kind === 'file' && what !== '') return ok(fileSource(what, { clock: systemClock }));
  if (kind === 'command' && what !== '') {
    const command = what.split(' ').filter(Boolean);
    const install = 'give a program that prints 16 kHz, 16 bit, mono PCM: --source "command:PROGRAM …"';
    const name = command[0] ?? '';
    return ok(commandSource({ name, command: () => command, env: soundEnvironment(env), clock: systemClock, install }));
  }
  return refuse('usage', `--source takes mic, browser, file:WAV or command:PROGRAM …, not "${source.slice(0, 60)}"`);
}

/** The optional package where it works, else the system's recorder. */
async function microphone(device: string | null, env: Env): Promise<Result<AudioSource>> {
  const known = await pvDevices();
  const isNamed =
    device === null || known.some(({ id, name }) => id === device || name.toLowerCase().includes(device.toLowerCase()));
  if (known.length > 0 && isNamed) return ok(pvSource({ device, clock: systemClock }));
  const recorder = findRecorder(process.platform, env.PATH);
  if (!recorder.ok) return recorder;
  const { program, args, install } = recorder.value;
  const command = (frameMs: 20 | 30) => [program, ...args(device, frameMs)];
  return ok(
    commandSource({ name: device ?? program, command, env: soundEnvironment(env), clock: systemClock, install }),
  );
}

/** What programs of sound may see of our environment: no secrets. */
export function soundEnvironment(env: Env): Readonly<Record<string, string>> {
  const own = [
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'SystemRoot',
    'APPDATA',
    'LOCALAPPDATA',
    'USERPROFILE',
    'TEMP',
    'TMPDIR',
  ];
  const isSound = (name: string) => /^(?:XDG_|PULSE_|PIPEWIRE_|ALSA_|AUDIODEV)/.test(name);
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (own.includes(name) || isSound(name)) ? [[name, value]] : [],
    ),
  );
}
