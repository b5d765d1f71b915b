import { type FrameMs, samplesOf } from '../../domain/voice/audio.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { Ring } from '../../kit/ring.ts';
import type { AudioSource, Heard } from '../../ports/audio-source.ts';

/** The address alone is of no use: what lets in follows its `#`, which belongs neither into a log nor into spoken words. */
const ADDRESS = 'the address that was printed at the start';

/** Frames that wait for a slow reader: ten seconds of 20 ms. */
const KEPT = 500;

interface PageWorld {
  readonly clock: Clock;
  readonly frameMs: FrameMs;
}

/** The page as a source: frames come as they are handed in; between two pages it is lost. One reader at a time. */
export class PageEars implements AudioSource {
  readonly name = 'the page';
  readonly #world: PageWorld;
  readonly #onOpen: () => void;
  #frameMs: FrameMs;
  #ring: Ring<Heard> | null = null;
  #isThere = false;

  /** @param onOpen is called when a reader has come: the page must know the length of a frame */
  constructor(world: PageWorld, onOpen: () => void) {
    this.#world = world;
    this.#frameMs = world.frameMs;
    this.#onOpen = onOpen;
  }

  /** Samples that a frame of the page must have. */
  get samples(): number {
    return samplesOf(this.#frameMs);
  }

  /** Never refuses: until a page is there the source is lost. */
  async open(frameMs: FrameMs, signal: AbortSignal) {
    this.#frameMs = frameMs;
    const ring = new Ring<Heard>(KEPT, (frames) => ({ type: 'dropped', frames }));
    this.#ring?.cut();
    this.#ring = ring;
    if (signal.aborted) ring.cut();
    signal.addEventListener('abort', () => ring.cut(), { once: true });
    if (!this.#isThere) ring.notice({ type: 'lost', reason: `no page is open: open ${ADDRESS}` });
    this.#onOpen();
    return ok(this.#read(ring));
  }

  async *#read(ring: Ring<Heard>): AsyncGenerator<Heard, void, void> {
    try {
      yield* ring;
    } finally {
      if (this.#ring === ring) this.#ring = null;
    }
  }

  /** @param bytes a frame: whole numbers of 16 bits, the low byte first */
  hear(bytes: Buffer): void {
    const samples = Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2));
    this.#ring?.push({ type: 'frame', samples, at: this.#world.clock.now() });
  }

  come(): void {
    if (this.#isThere) return;
    this.#isThere = true;
    this.#ring?.notice({ type: 'back' });
  }

  leave(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    this.#ring?.notice({ type: 'lost', reason: `the page was left: open ${ADDRESS} again` });
  }
}
