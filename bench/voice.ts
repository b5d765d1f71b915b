// What hearing costs, and how well it hears: words of espeak-ng in noise of a fixed seed. `node bench/voice.ts`
import { openFvadDetector } from '../src/adapters/vad-fvad/vad.ts';
import { HEARD_HZ, SPOKEN_HZ, samplesOf } from '../src/domain/voice/audio.ts';
import { noTurns, stepTurns, turnSettings } from '../src/domain/voice/turns.ts';
import { Resampler } from '../src/kit/resample.ts';
import { edgeConfig } from '../src/wire/edge-config.ts';
import {
  babble,
  espeak,
  filled,
  joined,
  loudness,
  mixed,
  noise,
  pinkNoise,
  type Sound,
  silence,
  spoken,
} from '../tests/fixtures/voice/sound.ts';
import { loopCost, type Measure, ms, printTable, spread } from './measure.ts';
import { benchEdge } from './voice-edge.ts';

const FRAME_MS = 20;
const FRAME_BUDGET_MS = 0.5;
const CORE_BUDGET = 0.05;
const settings = turnSettings(edgeConfig.parse({}).vad, 'open', FRAME_MS);
const voices = ['en-us', 'en-gb', 'en-us+f3', 'en-gb+m5', 'de', 'fr', 'es', 'it'];
const sentences = ['Fix the login page, please.', 'Run all the tests and tell me.', 'Stop the browser agent now.'];

interface Spoken {
  readonly sound: Sound;
  /** Where somebody speaks, in milliseconds. */
  readonly words: readonly (readonly [from: number, to: number])[];
}

/** Every voice says every sentence, with silence between them. */
async function corpus(): Promise<readonly Spoken[]> {
  const all: Spoken[] = [];
  for (const [i, voice] of voices.entries()) {
    const parts: Sound[] = [silence(1_500)];
    const words: (readonly [number, number])[] = [];
    for (const sentence of sentences) {
      const said = espeak ? trimmed(await spoken(sentence, voice)) : babble(1_500, 90 + 15 * i);
      const from = joined(...parts).length / 16;
      words.push([from, from + said.length / 16]);
      parts.push(said, silence(1_300));
    }
    all.push({ sound: joined(...parts), words });
  }
  return all;
}

/** Without the silence that a voice ends with. */
function trimmed(sound: Sound): Sound {
  let end = sound.length;
  while (end > 0 && Math.abs(sound[end - 1] ?? 0) < 100) end--;
  return sound.subarray(0, end);
}

function framesOf(sound: Sound): Sound[] {
  const length = samplesOf(FRAME_MS);
  return Array.from({ length: Math.floor(sound.length / length) }, (_, i) =>
    sound.subarray(i * length, (i + 1) * length),
  );
}

/** Turns in a sound, in milliseconds, as the edge finds them. */
async function turnsIn(sound: Sound): Promise<(readonly [number, number])[]> {
  using detector = await openFvadDetector(2, FRAME_MS);
  const turns: (readonly [number, number])[] = [];
  let state = noTurns;
  let from = 0;
  const frames = framesOf(sound);
  // What goes on at the end is cut there: in a room full of talk a turn has no end.
  for (const [i, frame] of [...frames, null].entries()) {
    const input = frame ? ({ type: 'frame', voiced: detector.isVoiced(frame) } as const) : ({ type: 'gap' } as const);
    const step = stepTurns(settings, state, input);
    state = step.state;
    for (const decision of step.decisions) {
      if (decision.type === 'begin') from = (i - decision.voicedFrom) * FRAME_MS;
      if (decision.type === 'end') turns.push([from, (Math.min(i + 1, frames.length) - decision.silent) * FRAME_MS]);
    }
  }
  return turns;
}

/** What else is to be heard, so many samples of it and so loud. */
interface Room {
  readonly name: string;
  readonly noise: (length: number, level: number, seed: number) => Sound;
}

/** White and pink noise, and eight others who all talk at once. */
async function rooms(): Promise<readonly Room[]> {
  const talk = 'and then I told them that we would rather meet on another day, but nobody had listened to a word of it';
  let crowd = silence(12_000);
  for (const [i, voice] of voices.entries()) {
    const one = espeak ? await spoken(talk, voice) : babble(5_000, 80 + 17 * i);
    crowd = mixed(crowd, filled(joined(one.subarray(900 * i), one.subarray(0, 900 * i)), crowd.length, 700));
  }
  return [
    { name: 'white noise', noise: (length, level, seed) => noise(length / 16, level, seed) },
    { name: 'pink noise', noise: (length, level, seed) => pinkNoise(length / 16, level, seed) },
    { name: 'babble', noise: (length, level, seed) => filled(crowd.subarray(7_000 * seed), length, level) },
  ];
}

/** Sentences that are in a turn nearly whole, and turns in which nobody speaks. */
async function accuracy(all: readonly Spoken[], decibel: number, kind: Room): Promise<Measure> {
  let [hits, wanted, turns, alarms, late] = [0, 0, 0, 0, 0];
  for (const [i, { sound, words }] of all.entries()) {
    const speech = loudness(joined(...words.map(([from, to]) => sound.subarray(from * 16, to * 16))));
    const found = await turnsIn(mixed(sound, kind.noise(sound.length, speech / 10 ** (decibel / 20), i + 1)));
    turns += found.length;
    wanted += words.length;
    alarms += found.filter(([from, to]) => !words.some(([a, b]) => from < b && to > a)).length;
    for (const [from, to] of words) {
      const inside = found.filter(([a, b]) => a < to && b > from);
      const covered = inside.reduce((sum, [a, b]) => sum + Math.min(b, to) - Math.max(a, from), 0);
      if (covered >= 0.8 * (to - from)) hits++;
      late += Math.max(0, (inside[0]?.[0] ?? to) - from);
    }
  }
  return {
    what: `${wanted} sentences, ${kind.name} at ${decibel} dB: heard whole`,
    value: `${((100 * hits) / wanted).toFixed(1)} %`,
    p50: `begun ${Math.round(late / wanted)} ms late`,
    floor: `${turns} turns`,
    ratio: `${alarms} false`,
  };
}

/** One frame's way: detector, turns, and the other rate for the speech service. */
async function cost(sound: Sound): Promise<readonly Measure[]> {
  using detector = await openFvadDetector(2, FRAME_MS);
  const up = new Resampler(HEARD_HZ, SPOKEN_HZ);
  const frames = framesOf(sound);
  const took: number[] = [];
  let state = noTurns;
  const { core } = await loopCost(async () => {
    for (const frame of frames) {
      const before = performance.now();
      state = stepTurns(settings, state, { type: 'frame', voiced: detector.isVoiced(frame) }).state;
      up.push(frame);
      took.push(performance.now() - before);
    }
  });
  const busy = took.reduce((sum, one) => sum + one, 0);
  const part = (core * busy) / (frames.length * FRAME_MS);
  const { p50, p99, max } = spread(took.slice(200)); // the first ones are compiled
  const verdict = (isKept: boolean) => (isKept ? 'kept' : 'BROKEN');
  return [
    {
      what: `one frame of ${FRAME_MS} ms: detector, turns, 16 → 24 kHz`,
      value: ms(busy / frames.length),
      p50: ms(p50),
      p99: ms(p99),
      max: ms(max),
      floor: `p99 < ${FRAME_BUDGET_MS} ms`,
      ratio: verdict(p99 < FRAME_BUDGET_MS),
    },
    {
      what: 'part of a core while it listens',
      value: `${(part * 100).toFixed(2)} %`,
      floor: `< ${CORE_BUDGET * 100} %`,
      ratio: verdict(part < CORE_BUDGET),
    },
  ];
}

export async function benchVoice(): Promise<readonly Measure[]> {
  const all = await corpus();
  const measures = [...(await cost(joined(...all.map(({ sound }) => sound))))];
  for (const room of await rooms()) {
    for (const decibel of [20, 10, 5]) measures.push(await accuracy(all, decibel, room));
  }
  measures.push(...(await benchEdge()));
  return measures;
}

if (import.meta.main)
  printTable(`Hearing${espeak ? '' : ' (a synthetic hum: espeak-ng is not there)'}`, await benchVoice());
