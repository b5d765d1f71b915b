// The whole edge at work: a file at the speed of a microphone, a simulated service, a real gateway with its worker.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { fileSource } from '../src/adapters/audio-file/source.ts';
import { openSpeech } from '../src/adapters/speech-openai/open.ts';
import { fileMemory } from '../src/adapters/spool-file/memory.ts';
import { openSpool } from '../src/adapters/spool-file/spool.ts';
import { openFvadDetector } from '../src/adapters/vad-fvad/vad.ts';
import { httpFleet } from '../src/apps/edge/fleet.ts';
import type { Gateway } from '../src/apps/edge/gateway.ts';
import { gatewayLink } from '../src/apps/edge/link.ts';
import { TranscriptSocket } from '../src/apps/edge/socket.ts';
import type { EdgeEvent } from '../src/domain/voice/edge-event.ts';
import { turnSettings } from '../src/domain/voice/turns.ts';
import { steadyClock } from '../src/kit/clock.ts';
import { ok, type Result } from '../src/kit/result.ts';
import { writeWav } from '../src/kit/wav.ts';
import type { AudioSource, Heard } from '../src/ports/audio-source.ts';
import { Edge } from '../src/runtime/voice/edge.ts';
import { TuttiClient } from '../src/wire/client.ts';
import { edgeConfig } from '../src/wire/edge-config.ts';
import { babble, joined, silence } from '../tests/fixtures/voice/sound.ts';
import { loopCost, type Measure, ms, spread, spreadCells, syncFloor } from './measure.ts';
import { openProduct, root, stop } from './product.ts';

const FRAME_MS = 20;
const TURNS = Number(process.env.BENCH_TURNS ?? 24);
/** The gateway stands still after so many of them. */
const FROZEN_AFTER = TURNS - 4;
const FROZEN_MS = 5_000;
const TURN_MS = 2_600;
const agent = join(root, 'tests', 'fixtures', 'agents', 'scripted.mjs');

/** When it happened, in milliseconds of `performance.now()`. */
interface Noted {
  readonly at: number;
  readonly event: EdgeEvent;
}

/** Notes when frames come, and how long everything that is done with each takes. */
class Watched implements AudioSource {
  readonly name = 'bench';
  readonly came: number[] = [];
  /** Milliseconds of a frame within a turn or between two, and of one that begins or ends a turn. */
  readonly took: number[] = [];
  readonly tookTurning: number[] = [];
  /** A turn has begun or ended with the frame at hand. */
  isTurning = false;
  readonly #source: AudioSource;

  constructor(source: AudioSource) {
    this.#source = source;
  }

  async open(frameMs: 20 | 30, signal: AbortSignal): Promise<Result<AsyncIterable<Heard>>> {
    const opened = await this.#source.open(frameMs, signal);
    return opened.ok ? ok(this.#watch(opened.value)) : opened;
  }

  async *#watch(frames: AsyncIterable<Heard>): AsyncGenerator<Heard, void, void> {
    for await (const heard of frames) {
      const before = performance.now();
      this.came.push(before);
      this.isTurning = false;
      yield heard;
      (this.isTurning ? this.tookTurning : this.took).push(performance.now() - before);
    }
  }
}

export async function benchEdge(): Promise<readonly Measure[]> {
  const claude = {
    protocol: 'events' as const,
    vendor: 'anthropic',
    command: [process.execPath, agent, '{"work":[{"done":"done"}]}'],
  };
  const one = { members: [{ agent: 'claude', role: 'implementer' as const }] };
  const config = { agents: { claude }, teams: { one }, defaultTeam: 'one', summaries: 'deterministic' as const };
  await using product = await openProduct(config);
  const floor = syncFloor(product.folder, 4_096);
  const utterances = Array.from({ length: TURNS }, (_, i) => ({ text: `Fix the test number ${i} of the parser` }));
  const service = fork(join(root, 'bench', 'voice-service.ts'), [JSON.stringify({ utterances })]);
  const [said] = await once(service, 'message');
  try {
    const edge = await openEdge(product, z.object({ url: z.string(), ca: z.string() }).parse(said));
    let frozen: readonly [from: number, to: number] = [0, 0];
    const freezing = wait(FROZEN_AFTER * TURN_MS).then(async () => {
      const from = performance.now();
      process.kill(product.pid, 'SIGSTOP');
      await wait(FROZEN_MS);
      process.kill(product.pid, 'SIGCONT');
      frozen = [from, performance.now()];
    });
    const { core } = await loopCost(() => edge.run());
    await freezing;
    return measuresOf(edge, frozen, core, floor.p99);
  } finally {
    await stop(service);
  }
}

async function openEdge(product: Awaited<ReturnType<typeof openProduct>>, service: { url: string; ca: string }) {
  const clock = steadyClock();
  const wav = join(product.folder, 'said.wav');
  const parts = Array.from({ length: TURNS }, (_, i) => joined(babble(1_000 + 20 * i), silence(1_600 - 20 * i)));
  writeFileSync(wav, writeWav(16_000, joined(silence(1_500), ...parts)));
  const token = readFileSync(join(product.data, 'token'), 'utf8').trim();
  const gateway: Gateway = (signal) => {
    const send: typeof fetch = (input, init) => fetch(input, { ...init, ...(signal ? { signal } : {}) });
    return ok(new TuttiClient({ url: product.url, token, fetch: send }));
  };
  const way = () => ({ url: product.url, token, certificate: null });
  const socket = new TranscriptSocket({ way, clock, chance: Math.random });
  socket.dial();
  const settings = {
    model: 'gpt-live-transcribe',
    voice: 'marin',
    language: null,
    keywords: [],
    instructions: '',
    tools: [],
  };
  const shared = { kind: 'transcription', key: 'simulated', clock, random: Math.random } as const;
  const speech = openSpeech({ ...shared, settings, ...service });
  const spool = await openSpool(join(product.folder, 'edge'));
  if (!speech.ok || !spool.ok) throw new Error('the edge cannot be opened');
  const source = new Watched(fileSource(wav, { clock }));
  const noted: Noted[] = [];
  const vad = await openFvadDetector(2, FRAME_MS);
  const turns = turnSettings(edgeConfig.parse({}).vad, 'open', FRAME_MS);
  const manners = { turns, frameMs: FRAME_MS, quiet: { quietMs: 2_500, holdMs: 20_000 }, bargeIn: true } as const;
  const edge = new Edge({
    ...{ session: 'bench', source, vad, speech: speech.value, speaker: null, voice: null, spool: spool.value },
    ...{ link: gatewayLink(gateway, socket), fleet: httpFleet(gateway), clock, chance: Math.random },
    memory: fileMemory(join(product.folder, 'memory.json'), () => {}),
    readBack: () => null,
    settings: { ...manners, talks: false, answersBySound: false, byService: false, waits: false },
    tell(event) {
      if (event.event === 'vad.state') source.isTurning = true;
      noted.push({ at: performance.now(), event });
    },
    show() {},
  });
  return {
    source,
    noted,
    async run() {
      await edge.run(new AbortController().signal);
      socket[Symbol.dispose]();
      vad[Symbol.dispose]();
      await spool.value[Symbol.asyncDispose]();
    },
  };
}

type Ran = Awaited<ReturnType<typeof openEdge>>;

/** For each turn that ended while the gateway was awake: when it ended, when its words came, when its job was claimed. */
function turnsOf({ noted }: Ran, until: number) {
  const at = <T extends EdgeEvent['event']>(name: T, fits: (event: Extract<EdgeEvent, { event: T }>) => boolean) =>
    noted.find(({ event }) => event.event === name && fits(event as Extract<EdgeEvent, { event: T }>));
  return noted.flatMap((stopped) => {
    if (stopped.event.event !== 'vad.stop' || stopped.at > until) return [];
    const { turn } = stopped.event;
    const final = at('transcript.final', (event) => event.turn === turn);
    const handed = at('transcript.forwarded', ({ key }) => key === `bench-${turn}`)?.event;
    const [job] = handed?.event === 'transcript.forwarded' ? handed.jobs : [];
    const claimed = at('job.claimed', (event) => event.job === job);
    return final && claimed ? [{ service: final.at - stopped.at, local: claimed.at - final.at }] : [];
  });
}

function measuresOf(ran: Ran, [from, to]: readonly [number, number], core: number, syncMs: number): readonly Measure[] {
  const { came, took, tookTurning } = ran.source;
  const verdict = (isKept: boolean) => (isKept ? 'kept' : 'BROKEN');
  const gaps = came.slice(1).map((one, i) => ({ at: one, ms: one - (came[i] ?? one) }));
  const whileFrozen = spread(gaps.filter(({ at }) => at > from && at < to).map((gap) => gap.ms));
  const turns = turnsOf(ran, from - 1_500).slice(1); // the first is compiled, and opens its lines
  const frame = spread(took.slice(200));
  const turning = spread(tookTurning.slice(2));
  const service = spread(turns.map((turn) => turn.service));
  const local = spread(turns.map((turn) => turn.local));
  return [
    {
      ...{ what: `the whole edge: one frame of ${FRAME_MS} ms`, value: ms(frame.p50), ...spreadCells(frame) },
      ...{ floor: 'p99 < 0.5 ms', ratio: verdict(frame.p99 < 0.5) },
    },
    {
      ...{ what: `the whole edge: one that begins or ends a turn (${turning.count})`, value: ms(turning.p50) },
      ...spreadCells(turning),
    },
    {
      ...{ what: 'the whole edge: part of a core', value: `${(core * 100).toFixed(2)} %` },
      ...{ floor: '< 5 %', ratio: verdict(core < 0.05) },
    },
    {
      ...{ what: `from frame to frame, gateway frozen (${whileFrozen.count})`, value: ms(whileFrozen.p50) },
      ...{ ...spreadCells(whileFrozen), floor: 'p99 < 30 ms', ratio: verdict(whileFrozen.p99 < 30) },
    },
    {
      ...{
        what: `end of speech → words: the service (${service.count})`,
        value: ms(service.p50),
        ...spreadCells(service),
      },
    },
    {
      ...{ what: `words → job claimed (${local.count})`, value: ms(local.p50), ...spreadCells(local) },
      ...{ floor: `p99 < 30 ms; a sync ${ms(syncMs)}`, ratio: verdict(local.p99 < 30) },
    },
  ];
}
