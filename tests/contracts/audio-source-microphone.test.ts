import { join } from 'node:path';
import { arecord, parec, type Recorder } from '../../src/adapters/audio-command/programs.ts';
import { commandSource } from '../../src/adapters/audio-command/source.ts';
import { sourceOf } from '../../src/apps/hearing.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { findProgram } from '../../src/kit/program.ts';
import type { AudioSource } from '../../src/ports/audio-source.ts';
import { endWith, pidsWith } from '../fixtures/voice/processes.ts';
import { hasPulse, VirtualMicrophone } from '../fixtures/voice/pulse.ts';
import { sourceContract } from './audio-source-contract.ts';

const recorders = ['parec', 'arecord', 'node-MainThread'];
const hasPackage = await import('@picovoice/pvrecorder-node').then(
  () => true,
  () => false,
);

type Env = Readonly<Record<string, string>>;

function by(recorder: Recorder, device: string | null): (env: Env) => AudioSource {
  return (env) =>
    commandSource({
      name: recorder.program,
      command: (frameMs) => [recorder.program, ...recorder.args(device, frameMs)],
      env,
      clock: systemClock,
      install: recorder.install,
      chance: () => 0.1,
    });
}

function microphone(env: Env): AudioSource {
  const source = sourceOf('mic', null, { env, clock: systemClock });
  if (!source.ok) throw new Error(source.error.message);
  return source.value;
}

/** The library asks its own process where the sound is: it gets one. */
const packageRecorder: Recorder = {
  program: process.execPath,
  args: () => [join(import.meta.dirname, '../fixtures/voice/package-recorder.ts')],
  install: 'it is there',
};

const kinds = [
  ['parec', by(parec, null), by(parec, 'nothing'), true],
  ['arecord', by(arecord, null), by(arecord, 'nothing'), findProgram('arecord', process.env.PATH) !== null],
  ['mic', microphone, null, true],
  ['package', by(packageRecorder, null), null, hasPackage],
] as const;

for (const [name, open, missing, isThere] of kinds) {
  sourceContract({
    name: `a real ${name}`,
    skip: !hasPulse || !isThere,
    likeness: 0.9,
    async open(sound) {
      const pulse = await VirtualMicrophone.open();
      pulse.say(sound);
      return {
        source: open(pulse.env),
        missing: missing?.(pulse.env) ?? null,
        // A source that goes makes the server give another one; what is lost is the program's life.
        unplug: () => endWith('HOME', pulse.root, recorders),
        plug: () => {},
        isRunning: () => pidsWith('HOME', pulse.root, recorders).length > 0,
        [Symbol.asyncDispose]: () => pulse[Symbol.asyncDispose](),
      };
    },
  });
}
