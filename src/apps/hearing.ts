import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { devicesOf } from '../adapters/audio-command/devices.ts';
import { type Recorder, recordersOf } from '../adapters/audio-command/programs.ts';
import { commandSource } from '../adapters/audio-command/source.ts';
import { fileSource } from '../adapters/audio-file/source.ts';
import { pvDevices, pvSource } from '../adapters/audio-pvrecorder/source.ts';
import type { Clock } from '../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../kit/result.ts';
import type { AudioDevice, AudioSource } from '../ports/audio-source.ts';
import { pick } from '../runtime/environment.ts';

/** What a recorder may see: where the sound is. Keys and tokens are none of its business. */
const seen = [
  ...[
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'LC_*',
    'TMPDIR',
    'XDG_*',
    'DBUS_SESSION_BUS_ADDRESS',
    'DISPLAY',
    'WAYLAND_DISPLAY',
  ],
  ...[
    'PULSE_*',
    'PIPEWIRE_*',
    'ALSA_*',
    'AUDIODEV',
    'SystemRoot',
    'TEMP',
    'APPDATA',
    'LOCALAPPDATA',
    'USERPROFILE',
    'PATHEXT',
  ],
];

interface World {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/**
 * The source that the words name: `mic`, `file:PATH` or `command:PROGRAM ARGS`. The words of a command are parted at
 * spaces; quotes hold them together. Nothing is opened yet.
 * @param device of `mic`: its id or a part of its name; null for the usual one
 */
export function sourceOf(words: string, device: string | null, world: World): Result<AudioSource, Refusal> {
  const [, kind = '', rest = ''] = /^(mic|file|command)(?::([\s\S]*))?$/.exec(words) ?? [];
  if (words === 'mic') return ok(microphone(device, world));
  if (kind === 'file' && rest !== '') return ok(fileSource(rest, { clock: world.clock }));
  if (kind === 'command' && rest.trim() !== '') {
    const command = wordsOf(rest);
    if (!command) return refuse('bad_source', `a quote is not closed, or a sign cannot be passed on, in: ${words}`);
    const [name = ''] = command;
    const env = pick(world.env, seen);
    const install = 'check the path of the command';
    return ok(commandSource({ name, command: () => command, env, clock: world.clock, install }));
  }
  return refuse('bad_source', `there is no source "${words}": expected mic, browser, file:PATH or command:PROGRAM …`);
}

/** The microphone by the first way that gives sound: the system's recorders first on Linux, the package first elsewhere. */
function microphone(device: string | null, world: World): AudioSource {
  const { platform = process.platform, env } = world;
  const native = pvSource({ device, clock: world.clock });
  const recorders = recordersOf(platform).map((recorder) => recorded(recorder, device, world));
  const ways = platform === 'linux' ? [...recorders, ...(mayHaveSound(env) ? [native] : [])] : [native, ...recorders];
  return {
    name: device ?? 'the usual microphone',
    async open(frameMs, signal) {
      const reasons: string[] = [];
      for (const way of ways) {
        const opened = await way.open(frameMs, signal);
        if (opened.ok || signal.aborted) return opened;
        reasons.push(opened.error.message);
      }
      return refuse(
        'no_microphone',
        `no microphone gives sound: plug one in, or listen by a page (--source browser); tried: ${reasons.join(' · ')}`,
      );
    },
  };
}

/** Where there is no sound at all on Linux, the libraries of the package fill the terminal with complaints. */
function mayHaveSound({ PULSE_SERVER, XDG_RUNTIME_DIR = '' }: World['env']): boolean {
  return PULSE_SERVER !== undefined || existsSync('/dev/snd') || existsSync(join(XDG_RUNTIME_DIR, 'pulse', 'native'));
}

function recorded(recorder: Recorder, device: string | null, { clock, env }: World): AudioSource {
  return commandSource({
    name: recorder.program,
    command: (frameMs) => [recorder.program, ...recorder.args(device, frameMs)],
    env: pick(env, seen),
    clock,
    install: recorder.install,
  });
}

/** The devices one can listen to, by the way that `mic` would take first. */
export async function devicesHere({
  env,
  platform = process.platform,
}: Omit<World, 'clock'>): Promise<readonly AudioDevice[]> {
  const byRecorder = async () => {
    for (const { program } of recordersOf(platform)) {
      const devices = await devicesOf(program, platform, pick(env, seen));
      if (devices.length > 0) return devices;
    }
    return [];
  };
  const ways = platform === 'linux' ? [byRecorder, () => pvDevices()] : [() => pvDevices(), byRecorder];
  for (const way of ways) {
    const devices = await way();
    if (devices.length > 0) return devices;
  }
  return [];
}

/** Parted at spaces, but for what stands in quotes; null when a quote is not closed or a sign ends a text for the system. */
export function wordsOf(text: string): readonly string[] | null {
  if (text.includes('\0') || !/^(?:[^'"]|'[^']*'|"[^"]*")*$/.test(text)) return null;
  const words = text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => `${single}${double}`),
  );
}
