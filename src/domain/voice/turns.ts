import { never } from '../../kit/never.ts';
import type { FrameMs } from './audio.ts';

/** How turns are found, counted in frames. */
export interface TurnSettings {
  /** A turn begins when so many of the last `onsetOf` frames are voiced. */
  readonly onset: number;
  readonly onsetOf: number;
  /** It ends after so many frames of silence. */
  readonly hangover: number;
  /** So many frames before its first voiced one belong to it. */
  readonly preRoll: number;
  /** Frames after the start that the detector only learns from. */
  readonly warmUp: number;
  /** A longer turn is ended, and the next one begins with the next frame. */
  readonly longest: number;
  /** `push`: only while the key is on. */
  readonly talk: 'open' | 'push';
}

/** What turns are decided from, in the order it happens. */
export type TurnInput =
  | { readonly type: 'frame'; readonly voiced: boolean }
  /** The key to talk is on or off. It counts in `push` mode, also while the edge speaks: who presses it wants the word. */
  | { readonly type: 'talk'; readonly on: boolean }
  /** Nothing may be heard: what has begun is dropped, and what was heard is forgotten. */
  | { readonly type: 'mute'; readonly on: boolean }
  /** The edge itself speaks and would hear itself. What the person has said until now still counts. */
  | { readonly type: 'deaf'; readonly on: boolean }
  /** Sound is missing here: frames were given up, or the device is gone. */
  | { readonly type: 'gap' };

export type EndReason = 'silence' | 'released' | 'longest' | 'deaf' | 'gap';

/** What to do now. `begin` is followed by its frames; each `begin` has one `end` or `drop` before the next. */
export type TurnDecision =
  /** So many frames before the one at hand belong to the turn. The first voiced one is `voicedFrom` frames back. */
  | { readonly type: 'begin'; readonly preRoll: number; readonly voicedFrom: number }
  /** The frame at hand belongs to the turn. */
  | { readonly type: 'hear' }
  /** The turn is over; its last `silent` frames were silence. */
  | { readonly type: 'end'; readonly why: EndReason; readonly silent: number }
  /** There was no speech in it, or it shall not be heard. */
  | { readonly type: 'drop'; readonly why: 'muted' | 'silence' };

interface Turn {
  readonly frames: number;
  /** Voiced frames in it. */
  readonly voiced: number;
  /** Silent frames at its end. */
  readonly silent: number;
}

/** Where the finding of turns stands. */
export interface TurnState {
  /** Frames since the start, up to the end of the warm-up. */
  readonly warmed: number;
  readonly keyIsOn: boolean;
  readonly isMuted: boolean;
  readonly isDeaf: boolean;
  /** Whether the last frames were voiced, at most `onsetOf`, the newest last. */
  readonly last: readonly boolean[];
  /** Frames that were heard and belong to no turn, as far as a pre-roll can reach. */
  readonly free: number;
  readonly turn: Turn | null;
}

interface Step {
  readonly state: TurnState;
  readonly decisions: readonly TurnDecision[];
}

/** The settings in milliseconds as frames: what is begun counts whole. */
export function turnSettings(
  vad: {
    readonly onset: number;
    readonly onsetOf: number;
    readonly hangoverMs: number;
    readonly preRollMs: number;
    readonly warmUpMs: number;
    readonly longestMs: number;
  },
  talk: 'open' | 'push',
  frameMs: FrameMs,
): TurnSettings {
  const frames = (ms: number) => Math.ceil(ms / frameMs);
  return {
    onset: vad.onset,
    onsetOf: Math.max(vad.onset, vad.onsetOf),
    hangover: Math.max(1, frames(vad.hangoverMs)),
    preRoll: frames(vad.preRollMs),
    warmUp: frames(vad.warmUpMs),
    longest: Math.max(1, frames(vad.longestMs)),
    talk,
  };
}

/** The most frames a `begin` can reach back: so many must be kept. */
export function reachBack({ preRoll, onsetOf }: TurnSettings): number {
  return preRoll + onsetOf - 1;
}

export const noTurns: TurnState = {
  warmed: 0,
  keyIsOn: false,
  isMuted: false,
  isDeaf: false,
  last: [],
  free: 0,
  turn: null,
};

/** What an input means where things stand. Decisions are to be followed in order. */
export function stepTurns(settings: TurnSettings, state: TurnState, input: TurnInput): Step {
  switch (input.type) {
    case 'frame':
      return takeFrame(settings, state, input.voiced);
    case 'talk':
      return takeKey(settings, state, input.on);
    case 'mute':
      return takeMute(settings, state, input.on);
    case 'deaf': {
      const after = { ...state, isDeaf: input.on };
      if (settings.talk === 'push') return { state: after, decisions: [] };
      return input.on ? close(after, 'deaf') : { state: after, decisions: [] };
    }
    case 'gap': {
      const closed = close(state, 'gap');
      return isHeld(settings, closed.state) ? open(closed, closed.state) : closed;
    }
    default:
      return never(input);
  }
}

function takeFrame(settings: TurnSettings, state: TurnState, voiced: boolean): Step {
  const isWarm = state.warmed >= settings.warmUp;
  const at = isWarm ? state : { ...state, warmed: state.warmed + 1 };
  if (at.turn) return extend(settings, at, at.turn, voiced);
  if (at.isMuted || at.isDeaf || settings.talk === 'push') return { state: at, decisions: [] };
  const last = [...at.last, voiced && isWarm].slice(-settings.onsetOf);
  if (last.filter(Boolean).length < settings.onset) {
    return { state: { ...at, last, free: Math.min(at.free + 1, reachBack(settings)) }, decisions: [] };
  }
  const voicedFrom = last.length - 1 - last.indexOf(true);
  const preRoll = Math.min(at.free, voicedFrom + settings.preRoll, settings.longest - 1);
  const turn = { frames: preRoll, voiced: settings.onset - 1, silent: 0 };
  const heard = extend(settings, { ...at, last: [], free: 0 }, turn, voiced);
  return {
    ...heard,
    decisions: [{ type: 'begin', preRoll, voicedFrom: Math.min(voicedFrom, preRoll) }, ...heard.decisions],
  };
}

/** The frame belongs to the turn, and may be its last. */
function extend(settings: TurnSettings, state: TurnState, before: Turn, voiced: boolean): Step {
  const turn = {
    frames: before.frames + 1,
    voiced: before.voiced + (voiced ? 1 : 0),
    silent: voiced ? 0 : before.silent + 1,
  };
  const heard: Step = { state: { ...state, turn }, decisions: [{ type: 'hear' }] };
  if (settings.talk === 'open' && turn.silent >= settings.hangover) return after(heard, close(heard.state, 'silence'));
  if (turn.frames < settings.longest) return heard;
  const closed = after(heard, close(heard.state, 'longest'));
  // Whoever is cut off in the middle goes on: the silence before the cut counts for the next turn too.
  return open(closed, closed.state, turn.silent);
}

function takeKey(settings: TurnSettings, state: TurnState, on: boolean): Step {
  const next = { ...state, keyIsOn: on };
  if (settings.talk === 'open' || on === state.keyIsOn) return { state: next, decisions: [] };
  if (!on) return close(next, 'released');
  return next.isMuted ? { state: next, decisions: [] } : open({ state: next, decisions: [] }, next);
}

function takeMute(settings: TurnSettings, state: TurnState, on: boolean): Step {
  const next: TurnState = { ...state, isMuted: on, last: [], free: 0 };
  if (on) return { state: { ...next, turn: null }, decisions: state.turn ? [{ type: 'drop', why: 'muted' }] : [] };
  return state.isMuted && isHeld(settings, next)
    ? open({ state: next, decisions: [] }, next)
    : { state: next, decisions: [] };
}

function isHeld({ talk }: TurnSettings, state: TurnState): boolean {
  return talk === 'push' && state.keyIsOn && !state.isMuted;
}

function open(before: Step, state: TurnState, silent = 0): Step {
  return {
    state: { ...state, turn: { frames: 0, voiced: 0, silent } },
    decisions: [...before.decisions, { type: 'begin', preRoll: 0, voicedFrom: 0 }],
  };
}

/** Ends the turn there is, and forgets what was heard before. A turn without a voiced frame was none. */
function close(state: TurnState, why: EndReason): Step {
  const next: TurnState = { ...state, turn: null, last: [], free: 0 };
  if (!state.turn) return { state: next, decisions: [] };
  const { voiced, silent } = state.turn;
  const decision: TurnDecision = voiced > 0 ? { type: 'end', why, silent } : { type: 'drop', why: 'silence' };
  return { state: next, decisions: [decision] };
}

function after(first: Step, second: Step): Step {
  return { state: second.state, decisions: [...first.decisions, ...second.decisions] };
}
