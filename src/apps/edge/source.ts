import { commandSource } from '../../adapters/audio-command/source.ts';
import { fileSource } from '../../adapters/audio-file/source.ts';
import { pvDevices, pvSource } from '../../adapters/audio-pvrecorder/source.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import { findRecorder } from './recorder.ts';
import type { EdgeSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What is listened to: `mic`, `file:PATH`, `command:PROGRAM …`. */
export async function sourceOf({ source, device }: EdgeSettings, env: Env): Promise<Result<AudioSource>> {
  const [kind = '', ...rest] = source.split(':');
  const rest_ = rest.join(':');
  if (source === 'mic') return microphone(device ?? null, env);
  if (kind === 'file' && rest_ !== '') return ok(fileSource(rest_, { clock: systemClock }));
  if (kind === 'command' && rest_ !== '') {
    const command = rest_.split(' ').filter(Boolean);
    const install = 'give a program that prints 16 kHz, 16 bit, mono PCM: --source "command:PROGRAM …"';
    return ok(
      commandSource({ name: command[0] ?? '', command: () => command, env: defined(env), clock: systemClock, install }),
    );
  }
  return refuse('usage', `--source takes mic, file:WAV or command:PROGRAM …, not "${source.slice(0, 60)}"`);
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
  return ok(commandSource({ name: device ?? program, command, env: defined(env), clock: systemClock, install }));
}

export function defined(env: Env): Readonly<Record<string, string>> {
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
