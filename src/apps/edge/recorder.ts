import { type Recorder, recordersOf } from '../../adapters/audio-command/programs.ts';
import { findProgram } from '../../kit/program.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** The recorder of this system that is there; refuses with what to install. */
export function findRecorder(platform: NodeJS.Platform, path: string | undefined): Result<Recorder> {
  const all = recordersOf(platform);
  const found = all.find(({ program }) => findProgram(program, path) !== null);
  const [first] = all;
  return found
    ? ok(found)
    : refuse('no_recorder', `no program here records sound: ${first?.install ?? 'install ffmpeg'}`);
}
