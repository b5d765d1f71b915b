import type { RunEdge } from '../services.ts';
import { listDevices } from './devices.ts';
import { examine } from './doctor.ts';
import { listen } from './listen.ts';
import { readSettings } from './settings.ts';

/** Runs the voice edge, lists its microphones or examines its parts. */
export const runEdge: RunEdge = async (call) => {
  if (call.verb === 'devices') return listDevices(call);
  const settings = readSettings(call);
  if (!settings.ok) return settings;
  return call.verb === 'doctor' ? examine(call, settings.value) : listen(call, settings.value);
};
