import type { PageCommand, PageView } from '../../adapters/audio-browser/line.ts';
import { serveEars } from '../../adapters/audio-browser/server.ts';
import { fileSource } from '../../adapters/audio-file/source.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { Speaker } from '../../ports/speaker.ts';
import { sourceOf } from '../hearing.ts';
import type { EdgeSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A source, and what comes with it where it is a page. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: AudioSource;
  /** The page plays what is said; null where it is not listened to by a page. */
  readonly speaker: Speaker | null;
  /** Address of the page, for its person alone. */
  readonly url: string | null;
  /** Where it is a file: the same without its pace, for a detector to learn from. */
  readonly early: AudioSource | null;
  /** Shows at the page how it stands. */
  show(view: PageView): void;
}

const EARS_PORT = 9_099;

/**
 * What is listened to: `mic`, `file:PATH`, `command:PROGRAM …` or `browser`.
 * @param onCommand what a person does at the page
 */
export async function openSource(
  settings: EdgeSettings,
  env: Env,
  clock: Clock,
  onCommand: (command: PageCommand) => void,
): Promise<Result<OpenedSource>> {
  if (settings.source === 'browser') return openPage(settings, clock, onCommand);
  const source = sourceOf(settings.source, settings.device ?? null, { clock, env });
  if (!source.ok) return source;
  return ok({
    source: source.value,
    speaker: null,
    url: null,
    early: earlyOf(settings.source, clock),
    show() {},
    async [Symbol.asyncDispose]() {},
  });
}

function earlyOf(words: string, clock: Clock): AudioSource | null {
  const path = /^file:([\s\S]+)$/.exec(words)?.[1];
  return path === undefined ? null : fileSource(path, { clock, isPaced: false });
}

async function openPage(
  { frameMs, pagePort }: EdgeSettings,
  clock: Clock,
  onCommand: (command: PageCommand) => void,
): Promise<Result<OpenedSource>> {
  const ears = await serveEars({ clock, frameMs, port: pagePort ?? EARS_PORT, onCommand });
  if (!ears.ok) return ears;
  const { url, line } = ears.value;
  return ok({
    ...{ source: line.source, speaker: line.speaker, url, early: null },
    show: (view) => line.show(view),
    [Symbol.asyncDispose]: () => ears.value[Symbol.asyncDispose](),
  });
}
