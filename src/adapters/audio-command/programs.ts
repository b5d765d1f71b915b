import { type FrameMs, HEARD_HZ, samplesOf } from '../../domain/voice/audio.ts';

/** A program of the system that records: how it is called, and how it is got where it is missing. */
export interface Recorder {
  readonly program: string;
  /** What follows the program. @param device as its list of devices has it; null for the usual one */
  args(device: string | null, frameMs: FrameMs): readonly string[];
  readonly install: string;
}

const hz = String(HEARD_HZ);
const raw = ['-f', 's16le', '-ac', '1', '-ar', hz, '-flush_packets', '1', 'pipe:1'] as const;
const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-fflags', 'nobuffer'] as const;

/** PulseAudio's, also PipeWire's. */
export const parec: Recorder = {
  program: 'parec',
  args: (device, frameMs) => [
    '--raw',
    '--format=s16le',
    `--rate=${hz}`,
    '--channels=1',
    `--latency-msec=${frameMs}`,
    ...(device === null ? [] : [`--device=${device}`]),
  ],
  install: 'install it, for example with `sudo apt-get install pulseaudio-utils`',
};

/** ALSA's. */
export const arecord: Recorder = {
  program: 'arecord',
  args(device, frameMs) {
    const period = samplesOf(frameMs);
    const place = ['-D', device ?? 'default', '-t', 'raw', '-f', 'S16_LE', '-r', hz, '-c', '1'];
    return ['-q', ...place, `--period-size=${period}`, `--buffer-size=${period * 4}`];
  },
  install: 'install it, for example with `sudo apt-get install alsa-utils`',
};

/** ffmpeg, through what the platform has. On Windows a device must be named. */
export function ffmpeg(platform: NodeJS.Platform): Recorder {
  const input = (device: string | null) => {
    if (platform === 'darwin') return ['-f', 'avfoundation', '-i', `:${device ?? 'default'}`];
    if (platform === 'win32') return ['-f', 'dshow', '-audio_buffer_size', '20', '-i', `audio=${device ?? ''}`];
    return ['-f', 'pulse', '-fragment_size', '640', '-i', device ?? 'default'];
  };
  const install = {
    darwin: 'install it, for example with `brew install ffmpeg`',
    win32: 'install it, for example with `winget install ffmpeg`',
  };
  return {
    program: 'ffmpeg',
    args: (device) => [...quiet, ...input(device), ...raw],
    install:
      platform === 'darwin' || platform === 'win32'
        ? install[platform]
        : 'install it, for example with `sudo apt-get install ffmpeg`',
  };
}

/** The recorders of a platform, the best first. */
export function recordersOf(platform: NodeJS.Platform): readonly Recorder[] {
  return platform === 'linux' ? [parec, arecord, ffmpeg(platform)] : [ffmpeg(platform)];
}
