import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameMs } from './audio.ts';
import {
  noTurns,
  reachBack,
  stepTurns,
  type TurnDecision,
  type TurnInput,
  type TurnSettings,
  turnSettings,
} from './turns.ts';

const usual = { onset: 3, onsetOf: 5, hangoverMs: 500, preRollMs: 300, warmUpMs: 0, longestMs: 60_000 };
const inFrames = (more: Partial<typeof usual> = {}, talk: 'open' | 'push' = 'open', frameMs: FrameMs = 20) =>
  turnSettings({ ...usual, ...more }, talk, frameMs);

/** `v` voiced, `.` silent, `K`/`k` key on and off, `M`/`m` mute, `D`/`d` deaf, `g` gap. */
function inputsOf(text: string): TurnInput[] {
  return [...text].map((sign): TurnInput => {
    if (sign === 'v' || sign === '.') return { type: 'frame', voiced: sign === 'v' };
    if (sign === 'g') return { type: 'gap' };
    const on = sign === sign.toUpperCase();
    const type = ({ k: 'talk', m: 'mute', d: 'deaf' } as const)[sign.toLowerCase()];
    if (!type) throw new Error(`unknown sign ${sign}`);
    return { type, on };
  });
}

function play(settings: TurnSettings, text: string): TurnDecision[] {
  let state = noTurns;
  return inputsOf(text).flatMap((input) => {
    const step = stepTurns(settings, state, input);
    state = step.state;
    return step.decisions;
  });
}

/** What was decided, the heard frames counted. */
function told(settings: TurnSettings, text: string): string {
  const words = play(settings, text).map((one) => {
    if (one.type === 'begin') return `begin -${one.preRoll}`;
    if (one.type === 'end') return `end ${one.why} ${one.silent}`;
    return one.type === 'drop' ? `drop ${one.why}` : 'hear';
  });
  return words.join(', ').replace(/hear(?:, hear)*/g, (all) => `hear ${all.split(', ').length}`);
}

const silence = (frames: number) => '.'.repeat(frames);
const speech = (frames: number) => 'v'.repeat(frames);

test.each([
  [
    'three of five voiced frames begin it, half a second of silence ends it',
    `${silence(40)}${speech(10)}${silence(40)}`,
    'begin -17, hear 33, end silence 25',
  ],
  ['two voiced frames among five are noise', `${'vv...'.repeat(20)}`, ''],
  [
    'a pause shorter than the hangover is part of it',
    `${speech(5)}${silence(24)}${speech(5)}${silence(30)}`,
    'begin -2, hear 57, end silence 25',
  ],
  [
    'two utterances are two turns, and the second takes nothing of the first',
    `${speech(5)}${silence(30)}${speech(5)}${silence(30)}`,
    'begin -2, hear 28, end silence 25, begin -7, hear 28, end silence 25',
  ],
  [
    'mute drops what is begun, and nothing is heard until it is off',
    `${speech(5)}M${speech(20)}m${silence(3)}${speech(4)}${silence(25)}`,
    'begin -2, hear 3, drop muted, begin -5, hear 27, end silence 25',
  ],
  [
    'who is spoken over by the edge has still said what was said',
    `${speech(8)}D${speech(20)}d${silence(9)}`,
    'begin -2, hear 6, end deaf 0',
  ],
  ['where sound is missing a turn ends', `${speech(8)}g${speech(2)}`, 'begin -2, hear 6, end gap 0'],
  ['the key means nothing while it listens all the time', `K${silence(5)}k`, ''],
])('%s', (_, text, expected) => {
  expect(told(inFrames(), text)).toBe(expected);
});

test.each([
  [
    'the key begins and ends it, and what was said before it was pressed is not heard',
    `${speech(10)}K${speech(5)}${silence(40)}k${speech(9)}`,
    'begin -0, hear 45, end released 40',
  ],
  ['a key pressed for nothing is no turn', `K${silence(9)}k`, 'begin -0, hear 9, drop silence'],
  ['a key on and off at once is no turn', 'Kk', 'begin -0, drop silence'],
  ['it counts while the edge speaks', `DK${speech(5)}dk`, 'begin -0, hear 5, end released 0'],
  [
    'it does not count while muted, and begins when that ends',
    `K${speech(2)}MKm${speech(3)}k`,
    'begin -0, hear 2, drop muted, begin -0, hear 3, end released 0',
  ],
  [
    'a gap cuts it in two',
    `K${speech(2)}g${speech(3)}k`,
    'begin -0, hear 2, end gap 0, begin -0, hear 3, end released 0',
  ],
])('push to talk: %s', (_, text, expected) => {
  expect(told(inFrames({}, 'push'), text)).toBe(expected);
});

test('while it warms up nothing begins, but what was heard then can be pre-roll', () => {
  const settings = inFrames({ warmUpMs: 1_000 });
  expect(told(settings, `${speech(50)}`)).toBe('');
  expect(told(settings, `${speech(53)}${silence(25)}`)).toBe('begin -17, hear 26, end silence 25');
});

test('too long a turn is ended and goes on as the next; one of silence alone is none', () => {
  const settings = inFrames({ longestMs: 1_000 });
  expect(told(settings, `${speech(70)}${silence(25)}`)).toBe(
    'begin -2, hear 48, end longest 0, begin -0, hear 45, end silence 25',
  );
  expect(told(settings, `${speech(50)}${silence(25)}`)).toBe(
    'begin -2, hear 48, end longest 0, begin -0, hear 25, drop silence',
  );
  expect(told(settings, `${speech(40)}${silence(25)}`)).toBe(
    'begin -2, hear 48, end longest 10, begin -0, hear 15, drop silence',
  );
});

test.each(['g', 'Dd', 'Mm'])(
  'no pre-roll reaches back over missing sound, the edge’s own voice or a mute (%s)',
  (signs) => {
    expect(told(inFrames(), `${silence(10)}${signs}..vvv`)).toBe('begin -4, hear 1');
  },
);

test('a pre-roll longer than a turn may be is cut, not the words', () => {
  const settings = inFrames({ preRollMs: 2_000, longestMs: 1_000 });
  expect(told(settings, `${silence(120)}vvv`)).toBe('begin -49, hear 1, end longest 0, begin -0');
});

const anySettings = fc
  .record({
    onset: fc.integer({ min: 1, max: 8 }),
    onsetOf: fc.integer({ min: 1, max: 12 }),
    hangoverMs: fc.integer({ min: 100, max: 600 }),
    preRollMs: fc.integer({ min: 0, max: 600 }),
    warmUpMs: fc.integer({ min: 0, max: 400 }),
    longestMs: fc.integer({ min: 1_000, max: 2_000 }),
  })
  .chain((vad) =>
    fc
      .record({ talk: fc.constantFrom('open', 'push'), frameMs: fc.constantFrom(20, 30) })
      .map(({ talk, frameMs }) => turnSettings(vad, talk as 'open' | 'push', frameMs as FrameMs)),
  );
const stretch = fc.tuple(fc.constantFrom('v', '.', 'v.', 'vv.'), fc.nat(60)).map(([sign, times]) => sign.repeat(times));
const anyText = (signs: string) =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: stretch }, { weight: 1, arbitrary: fc.constantFrom(...signs) }), {
      maxLength: 30,
    })
    .map((parts) => parts.join(''));

/** Frames by number, with the turn each is in; checks on the way that turns never overlap and each has one ending. */
function turnOfFrames(settings: TurnSettings, text: string): (number | null)[] {
  const turns: (number | null)[] = [];
  let state = noTurns;
  let turn = 0;
  let isOpen = false;
  for (const input of inputsOf(text)) {
    if (input.type === 'frame') turns.push(null);
    const step = stepTurns(settings, state, input);
    state = step.state;
    for (const decision of step.decisions) {
      expect(isOpen).toBe(decision.type !== 'begin');
      if (decision.type === 'begin') {
        isOpen = true;
        turn++;
        expect(decision.preRoll).toBeLessThanOrEqual(reachBack(settings));
        for (let back = 1; back <= decision.preRoll; back++) {
          expect(turns.at(-1 - back)).toBe(null);
          turns[turns.length - 1 - back] = turn;
        }
      } else if (decision.type === 'hear') {
        expect(turns.at(-1)).toBe(null);
        turns[turns.length - 1] = turn;
      } else {
        isOpen = false;
      }
    }
    expect(state.turn !== null).toBe(isOpen);
  }
  return turns;
}

test('turns never overlap and each has one ending, whatever is done', () => {
  fc.assert(
    fc.property(anySettings, anyText('KkMmDdg'), (settings, text) => {
      const turns = turnOfFrames(settings, text);
      const longest = Math.max(
        0,
        ...[...new Set(turns)].map((id) => turns.filter((one) => one === id && id !== null).length),
      );
      expect(longest).toBeLessThanOrEqual(settings.longest);
    }),
    { numRuns: 500 },
  );
});

test('every stretch of speech that is long enough is inside turns once the detector is warm', () => {
  fc.assert(
    fc.property(anySettings, anyText('.v'), (given, text) => {
      const settings: TurnSettings = { ...given, talk: 'open' };
      const turns = turnOfFrames(settings, text);
      for (const { index, 0: found } of text.matchAll(/v+/g)) {
        const from = Math.max(index, settings.warmUp);
        const to = index + found.length;
        if (to - from >= settings.onset) expect(turns.slice(from, to)).not.toContain(null);
      }
    }),
    { numRuns: 500 },
  );
});

test('while it is muted nothing is in a turn, and with push to talk only what the key lets in', () => {
  fc.assert(
    fc.property(anySettings, anyText('KkMmDd'), (settings, text) => {
      const turns = turnOfFrames(settings, text);
      let [at, isMuted, isOn] = [0, false, false];
      for (const sign of text) {
        if (sign.toLowerCase() === 'm') isMuted = sign === 'M';
        if (sign.toLowerCase() === 'k') isOn = sign === 'K';
        if (sign !== 'v' && sign !== '.') continue;
        if (isMuted || (settings.talk === 'push' && !isOn)) expect(turns[at]).toBe(null);
        at++;
      }
    }),
    { numRuns: 500 },
  );
});
