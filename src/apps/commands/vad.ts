import { fileSource } from '../../adapters/audio-file/source.ts';
import { openFvadDetector } from '../../adapters/vad-fvad/vad.ts';
import type { FrameMs } from '../../domain/voice/audio.ts';
import { noTurns, stepTurns, turnSettings } from '../../domain/voice/turns.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { learnFrom } from '../../runtime/voice/learn.ts';
import { edgeConfig } from '../../wire/edge-config.ts';
import { type Command, numberFlag, textFlag, wrongCall } from './command.ts';

/** Speech in a file, without the silence before and after it. */
interface Segment {
  readonly start_ms: number;
  readonly end_ms: number;
}

/** How segments are found; as the edge's `vad` configuration. */
interface Finding {
  readonly mode: 0 | 1 | 2 | 3;
  readonly hangoverMs: number;
  readonly frameMs: FrameMs;
}

const usual = edgeConfig.parse({});
const modes = [0, 1, 2, 3] as const;

export const vad: Command = {
  name: 'vad',
  summary: 'Show where somebody speaks in a WAV file, as the voice edge would hear it.',
  usage: 'vad WAV [--json] [options]',
  words: [1, 1],
  tooMany: 'give one WAV file at a time: tutti vad FILE',
  flags: {
    mode: { type: 'string', value: 'N', help: `How sure it must be: 0 hears most, 3 least (${usual.vad.mode})` },
    hangover: { type: 'string', value: 'MS', help: `Silence that ends a segment (${usual.vad.hangoverMs})` },
    'frame-ms': { type: 'string', value: 'MS', help: `Length of a frame, 20 or 30 (${usual.frameMs})` },
    json: { type: 'boolean', help: 'Print JSON: {"segments":[{"start_ms","end_ms"}]}' },
  },
  examples: ['tutti vad recording.wav', 'tutti vad recording.wav --json --mode 3 --hangover 300'],
  async run(context) {
    const given = textFlag(context.flags, 'mode') ?? String(usual.vad.mode);
    const mode = modes.find((one) => String(one) === given);
    if (mode === undefined) return wrongCall(context, `--mode takes 0, 1, 2 or 3, not "${given}"`);
    const hangover = numberFlag(context.flags, 'hangover', 100, 10_000);
    if (!hangover.ok) return wrongCall(context, hangover.error.message);
    const frame = textFlag(context.flags, 'frame-ms') ?? String(usual.frameMs);
    if (frame !== '20' && frame !== '30') return wrongCall(context, `--frame-ms takes 20 or 30, not "${frame}"`);
    const finding: Finding = {
      mode,
      hangoverMs: hangover.value ?? usual.vad.hangoverMs,
      frameMs: frame === '20' ? 20 : 30,
    };
    const segments = await segmentsOf(context.words[0] ?? '', finding);
    if (!segments.ok) return wrongCall(context, segments.error.message);
    context.out.write(
      context.flags.json === true ? `${JSON.stringify({ segments: segments.value })}\n` : told(segments.value),
    );
    return 0;
  },
};

async function segmentsOf(path: string, finding: Finding): Promise<Result<readonly Segment[], Refusal>> {
  const { mode, hangoverMs, frameMs } = finding;
  using detector = await openFvadDetector(mode, frameMs);
  const source = fileSource(path, { clock: systemClock, isPaced: false });
  const learned = await learnFrom(source, detector, frameMs);
  if (!learned.ok) return learned;
  const settings = turnSettings({ ...usual.vad, hangoverMs, preRollMs: 0, warmUpMs: 0 }, 'open', frameMs);
  const segments: Segment[] = [];
  let state = noTurns;
  let [from, frames] = [0, 0];
  const take = (voiced: boolean | null) => {
    if (voiced !== null) frames++;
    const step = stepTurns(settings, state, voiced === null ? { type: 'gap' } : { type: 'frame', voiced });
    state = step.state;
    for (const decision of step.decisions) {
      if (decision.type === 'begin') from = frames - (voiced === null ? 0 : 1) - decision.preRoll;
      if (decision.type === 'end')
        segments.push({ start_ms: from * frameMs, end_ms: (frames - decision.silent) * frameMs });
    }
  };
  const heard = await listen((samples) => take(detector.isVoiced(samples)));
  if (!heard.ok) return heard;
  take(null);
  return ok(segments);

  async function listen(hear: (samples: Int16Array) => void): Promise<Result<void, Refusal>> {
    const opened = await source.open(frameMs, new AbortController().signal);
    if (!opened.ok) return opened;
    for await (const one of opened.value) {
      if (one.type === 'lost') return refuse('broken_file', `${path}: ${one.reason}`);
      if (one.type === 'frame') hear(one.samples);
    }
    return ok(undefined);
  }
}

function told(segments: readonly Segment[]): string {
  if (segments.length === 0) return 'nobody speaks here\n';
  const seconds = (ms: number) => (ms / 1_000).toFixed(2).padStart(8);
  return segments.map(({ start_ms: from, end_ms: to }) => `${seconds(from)} s –${seconds(to)} s\n`).join('');
}
