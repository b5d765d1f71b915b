import { visible } from '../../kit/display.ts';
import { ok, type Result } from '../../kit/result.ts';
import { devicesHere } from '../hearing.ts';
import type { EdgeCall } from '../services.ts';

/** Lists the microphones of this machine. */
export async function listDevices({ env, out, flags }: EdgeCall): Promise<Result<number>> {
  const devices = await devicesHere({ env });
  if (flags.json === true) out.write(`${JSON.stringify(devices)}\n`);
  else if (devices.length === 0) out.write('no microphone was found; tutti edge doctor says what is missing\n');
  else {
    for (const { id, name, isDefault } of devices)
      out.write(`${visible(id)}  ${visible(name)}${isDefault ? '  (usual)' : ''}\n`);
  }
  return ok(0);
}
