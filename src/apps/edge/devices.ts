import { devicesOf } from '../../adapters/audio-command/devices.ts';
import { pvDevices } from '../../adapters/audio-pvrecorder/source.ts';
import { visible } from '../../kit/display.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { AudioDevice } from '../../ports/audio-source.ts';
import type { EdgeCall } from '../services.ts';
import { findRecorder } from './recorder.ts';
import { soundEnvironment } from './source.ts';

/** The microphones of this machine: those of the optional package, else those the system's recorder knows. */
export async function microphones(env: EdgeCall['env']): Promise<readonly AudioDevice[]> {
  const known = await pvDevices();
  if (known.length > 0) return known;
  const recorder = findRecorder(process.platform, env.PATH);
  return recorder.ok ? devicesOf(recorder.value.program, process.platform, soundEnvironment(env)) : [];
}

/** Lists them. */
export async function listDevices({ env, out, flags }: EdgeCall): Promise<Result<number>> {
  const devices = await microphones(env);
  if (flags.json === true) out.write(`${JSON.stringify(devices)}\n`);
  else if (devices.length === 0) out.write('no microphone was found; tutti edge doctor says what is missing\n');
  else {
    for (const { id, name, isDefault } of devices)
      out.write(`${visible(id)}  ${visible(name)}${isDefault ? '  (usual)' : ''}\n`);
  }
  return ok(0);
}
