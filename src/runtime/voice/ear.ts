import { type FrameMs, joinedSamples } from '../../domain/voice/audio.ts';
import type { TellEdge } from '../../domain/voice/edge-event.ts';
import {
  noTurns,
  reachBack,
  stepTurns,
  type TurnDecision,
  type TurnInput,
  type TurnSettings,
} from '../../domain/voice/turns.ts';
import type { Clock } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { AudioSource, Heard } from '../../ports/audio-source.ts';
import type { Speech } from '../../ports/speech.ts';
import type { Vad } from '../../ports/vad.ts';

/** A pause between two frames beyond this many frame lengths is told. */
const GAP_FRAMES = 3;

/** A turn of the person, once it is over. Epoch milliseconds. */
export interface Turn {
  readonly id: string;
  readonly begunAt: number;
  readonly endedAt: number;
}

export interface EarOptions {
  readonly source: AudioSource;
  readonly vad: Vad;
  readonly speech: Speech;
  readonly settings: TurnSettings;
  readonly frameMs: FrameMs;
  readonly clock: Clock;
  readonly tell: TellEdge;
  /** The person begins to speak. */
  readonly begun: (turn: string) => void;
  /** The person has spoken; null where nothing comes of it. */
  readonly ended: (turn: Turn | null) => void;
}

/** Listens: finds the turns in what the source gives and hands them to the speech service. Waits for nobody. */
export class Ear {
  readonly #options: EarOptions;
  readonly #before: Int16Array[] = [];
  readonly #reach: number;
  #state = noTurns;
  #turn: { readonly id: string; readonly begunAt: number } | null = null;
  #turns = 0;
  #at: number;
  #level = -100;
  #frames = 0;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#reach = reachBack(options.settings);
    this.#at = options.clock.now();
  }

  /** Whether the person is speaking. */
  get hears(): boolean {
    return this.#turn !== null;
  }

  /** Loudness of the last frame in decibels below full scale. */
  get level(): number {
    return this.#level;
  }

  get isMuted(): boolean {
    return this.#state.isMuted;
  }

  get keyIsOn(): boolean {
    return this.#state.keyIsOn;
  }

  /** Milliseconds of sound that were heard. */
  get heardMs(): number {
    return this.#frames * this.#options.frameMs;
  }

  mute(on: boolean): void {
    if (on === this.#state.isMuted) return;
    this.#before.length = 0;
    this.#step({ type: 'mute', on });
    this.#options.tell({ event: 'edge.muted', muted: on });
  }

  /** The key to talk; of use in `push` mode. */
  talk(on: boolean): void {
    this.#step({ type: 'talk', on });
  }

  /** The edge itself speaks: it does not listen to itself. */
  deaf(on: boolean): void {
    if (on === this.#state.isDeaf) return;
    if (on) this.#before.length = 0;
    this.#step({ type: 'deaf', on });
  }

  /** Listens until the source ends or the signal aborts; refuses where the source cannot be opened. */
  async listen(signal: AbortSignal): Promise<Result<null>> {
    const { source, frameMs, tell, clock } = this.#options;
    const begun = clock.now();
    const opened = await source.open(frameMs, signal);
    if (!opened.ok) return opened;
    for await (const heard of opened.value) {
      if (heard.type === 'frame' && this.#frames === 0) {
        tell({ event: 'edge.first_frame', latency_ms: clock.now() - begun });
      }
      this.#take(heard);
    }
    if (this.#turn) this.#step({ type: 'gap' });
    return ok(null);
  }

  #take(heard: Heard): void {
    const { tell, vad } = this.#options;
    switch (heard.type) {
      case 'frame': {
        this.#measure(heard);
        this.#step({ type: 'frame', voiced: vad.isVoiced(heard.samples) }, heard.samples);
        this.#before.push(heard.samples);
        if (this.#before.length > this.#reach) this.#before.shift();
        break;
      }
      case 'dropped':
        tell({ event: 'edge.dropped', frames: heard.frames });
        this.#gap();
        break;
      case 'lost':
        tell({ event: 'edge.device', there: false, why: heard.reason });
        this.#gap();
        break;
      case 'back':
        tell({ event: 'edge.device', there: true, why: '' });
        break;
      default:
        never(heard);
    }
  }

  /** What was before a hole does not belong to what comes after it. */
  #gap(): void {
    this.#before.length = 0;
    this.#step({ type: 'gap' });
  }

  #measure({ samples, at }: Extract<Heard, { readonly type: 'frame' }>): void {
    const { frameMs, tell } = this.#options;
    const gap = at - this.#at;
    if (this.#frames > 0 && gap > GAP_FRAMES * frameMs) tell({ event: 'edge.gap', gap_ms: gap });
    this.#at = at;
    this.#frames++;
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    this.#level = 10 * Math.log10(sum / samples.length / 32_768 ** 2 + 1e-10);
  }

  #step(input: TurnInput, frame?: Int16Array): void {
    const { state, decisions } = stepTurns(this.#options.settings, this.#state, input);
    this.#state = state;
    for (const decision of decisions) this.#do(decision, frame);
  }

  #do(decision: TurnDecision, frame: Int16Array | undefined): void {
    const { speech, tell, frameMs, begun, ended } = this.#options;
    switch (decision.type) {
      case 'begin': {
        const id = `${++this.#turns}`;
        this.#turn = { id, begunAt: this.#at - decision.voicedFrom * frameMs };
        tell({ event: 'vad.start', turn: id });
        tell({ event: 'vad.state', active: true });
        begun(id);
        speech.begin(id);
        if (decision.preRoll > 0) speech.hear(joinedSamples(this.#before.slice(-decision.preRoll)));
        break;
      }
      case 'hear':
        if (frame) speech.hear(frame);
        break;
      case 'end': {
        speech.end();
        ended(this.#over(this.#at - decision.silent * frameMs));
        break;
      }
      case 'drop':
        speech.drop();
        this.#over(this.#at);
        ended(null);
        break;
      default:
        never(decision);
    }
  }

  #over(endedAt: number): Turn | null {
    const { tell } = this.#options;
    const turn = this.#turn && { ...this.#turn, endedAt };
    this.#turn = null;
    if (turn) tell({ event: 'vad.stop', turn: turn.id, duration_ms: Math.max(0, endedAt - turn.begunAt) });
    tell({ event: 'vad.state', active: false });
    return turn;
  }
}
