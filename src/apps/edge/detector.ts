import { openFvadDetector } from '../../adapters/vad-fvad/vad.ts';
import { openPluginVad } from '../../adapters/vad-plugin/load.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Vad } from '../../ports/vad.ts';
import type { EdgeSettings } from './settings.ts';

/** Opens the detector of the settings. */
export async function openDetector({ vad, frameMs }: Pick<EdgeSettings, 'vad' | 'frameMs'>): Promise<Result<Vad>> {
  const plugin = /^package:(.+)$/.exec(vad.engine)?.[1];
  if (plugin !== undefined) return openPluginVad(plugin, vad.mode, frameMs);
  return ok(await openFvadDetector(vad.mode, frameMs));
}
