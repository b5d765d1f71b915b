import { pathToFileURL } from 'node:url';
import type { FrameMs } from '../../domain/voice/audio.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { OpenVad, Vad } from '../../ports/vad.ts';

/**
 * Opens a detector out of a package of somebody else's: a module that exports `openVad` (or a default) as the port says. It
 * is code and runs as part of Tutti: only the person's own configuration can name it. Refuses (`bad_vad`) what is none.
 * @param file the module, absolute
 */
export async function openPluginVad(
  file: string,
  mode: Parameters<OpenVad>[0],
  frameMs: FrameMs,
): Promise<Result<Vad>> {
  const about = `the detector edge.vad.engine (${file})`;
  try {
    const module = (await import(pathToFileURL(file).href)) as { openVad?: unknown; default?: unknown };
    const open = module.openVad ?? module.default;
    if (typeof open !== 'function') return refuse('bad_vad', `${about} exports no function "openVad"`);
    const vad = await (open as OpenVad)(mode, frameMs);
    if (typeof Reflect.get(Object(vad), 'isVoiced') !== 'function') {
      return refuse('bad_vad', `${about} opened no detector: it has no function "isVoiced"`);
    }
    return ok({
      isVoiced: (samples) => vad.isVoiced(samples) === true,
      [Symbol.dispose]: () => vad[Symbol.dispose]?.(),
    });
  } catch (error) {
    return refuse('bad_vad', `${about} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
