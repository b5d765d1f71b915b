import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fileMemory } from '../../src/adapters/spool-file/memory.ts';
import { route } from '../../src/domain/routing/route.ts';
import type { EdgeEvent } from '../../src/domain/voice/edge-event.ts';
import { evolvePost, type Letter, type Pending } from '../../src/domain/voice/letter.ts';
import { readBackWords } from '../../src/domain/voice/read-back.ts';
import { turnSettings } from '../../src/domain/voice/turns.ts';
import { Channel } from '../../src/kit/channel.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { ok } from '../../src/kit/result.ts';
import type { AudioSource, Heard } from '../../src/ports/audio-source.ts';
import type { Fleet, JobSeen, JobSign } from '../../src/ports/fleet.ts';
import type { GatewayLink, Posted } from '../../src/ports/gateway-link.ts';
import type { Speaker, Voice } from '../../src/ports/speaker.ts';
import type { Speech, SpeechEvent } from '../../src/ports/speech.ts';
import type { Spool } from '../../src/ports/spool.ts';
import { Edge, type EdgeOptions, type Shown } from '../../src/runtime/voice/edge.ts';

const vad = { onset: 3, onsetOf: 5, hangoverMs: 100, preRollMs: 60, warmUpMs: 0, longestMs: 60_000 };

/** A speech service that does what the test says. */
class Service implements Speech {
  readonly told = new Channel<SpeechEvent>(10_000);
  readonly log: string[] = [];
  readonly answers = new Map<string, Record<string, unknown>>();
  events: AsyncIterable<SpeechEvent> = this.told;

  begin(turn: string): void {
    this.log.push(`begin ${turn}`);
  }
  hear(): void {
    this.log.push('hear');
  }
  end(): void {
    this.log.push('end');
  }
  drop(): void {
    this.log.push('drop');
  }
  say(id: string, words: string): void {
    this.log.push(`say ${id}: ${words}`);
  }
  answer(call: string, output: string): void {
    this.answers.set(call, JSON.parse(output));
  }
  interrupt(item: string, playedMs: number): void {
    this.log.push(`interrupt ${item} ${playedMs}`);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.told.close();
  }
}

/** A speaker whose sound lasts until the test says that it is over. */
class Loudspeaker implements Speaker {
  readonly name = 'test';
  readonly items: string[] = [];
  isStopped = false;
  #over: (() => void)[] = [];

  play(item: string): void {
    this.items.push(item);
  }
  played(): number {
    return 420;
  }
  stop(): void {
    this.isStopped = true;
    this.over();
  }
  over(): void {
    this.items.length = 0;
    for (const resolve of this.#over.splice(0)) resolve();
  }
  async silent(): Promise<void> {
    if (this.items.length > 0) await new Promise<void>((resolve) => this.#over.push(resolve));
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The spool without its disk: the file has tests of its own. @param disk resolves when what is written is kept */
function memorySpool(disk: () => Promise<void>): Spool {
  let pending: ReadonlyMap<string, Pending> = new Map();
  return {
    pending: () => [...pending.values()],
    async write(records) {
      for (const record of records) pending = evolvePost(pending, record);
      await disk();
      return ok(null);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** An edge among doubles: time stands still, and the test is microphone, service, gateway and room at once. */
export class EdgeStage {
  readonly clock = new ManualClock();
  readonly service = new Service();
  readonly speaker = new Loudspeaker();
  readonly events: EdgeEvent[] = [];
  readonly shown: Shown[] = [];
  readonly posts: { letter: Letter; course: string }[] = [];
  readonly controls: string[] = [];
  readonly spoken: string[] = [];
  jobs: JobSeen[] = [];
  isUp = true;
  /** Resolves when what is written is kept. */
  disk: Promise<void> = Promise.resolve();
  readonly #frames = new Channel<Heard>(100_000);
  readonly #signs = new Map<string, Channel<JobSign>>();
  #edge: Edge | null = null;
  running: Promise<unknown> = Promise.resolve();
  readonly #leave = new AbortController();

  get edge(): Edge {
    if (!this.#edge) throw new Error('not open');
    return this.#edge;
  }

  static async open(more: Partial<EdgeOptions['settings']> = {}): Promise<EdgeStage> {
    const stage = new EdgeStage();
    const folder = mkdtempSync(join(tmpdir(), 'tutti-edge-'));
    const turns = turnSettings(vad, 'open', 20);
    const usual = { turns, frameMs: 20, quiet: { quietMs: 1_000, holdMs: 5_000 }, bargeIn: false } as const;
    stage.#edge = new Edge({
      session: 's',
      source: stage.#source(),
      vad: { isVoiced: (samples) => samples[0] !== 0, [Symbol.dispose]() {} },
      speech: stage.service,
      speaker: stage.speaker,
      voice: stage.#voice(),
      spool: memorySpool(() => stage.disk),
      link: stage.#link(),
      fleet: stage.#fleet(),
      memory: fileMemory(join(folder, 'memory.json'), () => {}),
      clock: stage.clock,
      chance: () => 0.5,
      readBack: (words) => readBackWords(words, route(words, { skills: [], agents: new Set(['codex']) })),
      settings: { ...usual, talks: false, byService: true, answersBySound: false, waits: false, ...more },
      tell: (event) => stage.events.push(event),
      show: (one) => stage.shown.push(one),
    });
    stage.running = stage.#edge.run(stage.#leave.signal);
    stage.service.told.push({ type: 'line', state: 'ready', why: '' });
    onTestFinished(async () => {
      stage.#leave.abort();
      stage.#frames.close();
      for (let i = 0; i < 20; i++) {
        stage.clock.advance(1_000);
        await settle();
      }
      await stage.running;
      rmSync(folder, { recursive: true, force: true });
    });
    await settle();
    return stage;
  }

  /** `v` is a voiced frame, `.` a silent one; the clock goes along. */
  async hear(frames: string): Promise<void> {
    for (const sign of frames) {
      this.clock.advance(20);
      await this.#frames.push({
        type: 'frame',
        samples: new Int16Array(320).fill(sign === 'v' ? 9_000 : 0),
        at: this.clock.now(),
      });
      await settle();
    }
  }

  async lose(reason: string): Promise<void> {
    await this.#frames.push({ type: 'lost', reason });
    await settle();
  }

  /** There is nothing more to hear. */
  async endSource(): Promise<void> {
    this.#frames.close();
    await settle();
  }

  /** A turn of the person with these words. */
  async say(text: string): Promise<string> {
    await this.hear(`${'.'.repeat(5)}vvvvvv${'.'.repeat(6)}`);
    const turn = this.service.log.findLast((line) => line.startsWith('begin'))?.slice(6) ?? '';
    await this.tell({ type: 'final', turn, text });
    return turn;
  }

  async tell(event: SpeechEvent): Promise<void> {
    await this.service.told.push(event);
    await settle();
  }

  async call(call: string, tool: string, args: object): Promise<Record<string, unknown> | undefined> {
    await this.tell({ type: 'call', call, tool, args: JSON.stringify(args) });
    return this.service.answers.get(call);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.clock.advance(Math.min(100, left));
      await settle();
    }
  }

  job(more: Partial<JobSeen> & { readonly id: string }): void {
    const usual = { trace: `t-${more.id}`, status: 'running', isOver: false, skill: 'coding', progress: 0, agents: [] };
    const rest = { instruction: 'Fix the parser', questions: [], costUsd: null, summary: null };
    this.jobs = [...this.jobs.filter(({ id }) => id !== more.id), { ...usual, ...rest, ...more }];
  }

  async end(job: string): Promise<void> {
    this.#signs.get(job)?.close();
    await settle();
  }

  texts(course?: string): readonly string[] {
    const all = this.posts.filter((one) => course === undefined || one.course === course);
    return all.map(({ letter }) => (letter.kind === 'answer' ? `${letter.question}=${letter.answer}` : letter.text));
  }

  #source(): AudioSource {
    return { name: 'test', open: async () => ok(this.#frames) };
  }

  #voice(): Voice {
    return {
      name: 'test',
      say: async (words) => {
        this.spoken.push(words);
      },
    };
  }

  #link(): GatewayLink {
    return {
      post: async (letter, course): Promise<Posted> => {
        if (!this.isUp) return { type: 'later', code: 'unreachable', why: 'away' };
        this.posts.push({ letter, course });
        if (course === 'heard') return { type: 'recorded' };
        const jobs = letter.kind === 'answer' ? [] : [{ id: `j-${letter.key}`, skill: 'coding' }];
        return { type: 'accepted', trace: letter.kind === 'answer' ? null : `t-j-${letter.key}`, jobs, text: null };
      },
      part: async () => {},
    };
  }

  #fleet(): Fleet {
    return {
      jobs: async () => ok(this.jobs),
      trace: async (id) => {
        const job = this.jobs.find(({ trace }) => trace === id);
        return ok({ isOver: job?.isOver ?? false, status: job?.status ?? 'running', summary: job?.summary ?? null });
      },
      follow: (job, signal) => {
        const signs = new Channel<JobSign>();
        this.#signs.set(job, signs);
        signal.addEventListener('abort', () => signs.close());
        return signs;
      },
      control: async (job, verb, words) => {
        this.controls.push([job, verb, words].filter((part) => part !== null).join(' '));
        return ok(null);
      },
      costs: async () => ok({ usd: 1.234, runs: 3, unknown: 1 }),
      diff: async () => ok('diff --git a/src/app.ts b/src/app.ts\n+hello\n'),
    };
  }
}
