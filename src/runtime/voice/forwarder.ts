import type { TellEdge } from '../../domain/voice/edge-event.ts';
import type { Course, Letter, Pending } from '../../domain/voice/letter.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import type { GatewayLink, Posted } from '../../ports/gateway-link.ts';
import type { Spool } from '../../ports/spool.ts';
import { Parts } from './parts.ts';

/** One try may take so long; a gateway that stands still is asked again with the same key. Milliseconds. */
const TRY_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A model that talks has so long to show what becomes of a turn; then the router decides. Milliseconds. */
const OPEN_MS = 10_000;
/** Beyond it new letters are still kept, but their person is told. */
const MANY = 1_000;
const REMEMBERED = 50;

export interface ForwarderOptions {
  readonly spool: Spool;
  readonly link: GatewayLink;
  readonly clock: Clock;
  /** A number from 0 to 1, below 1. */
  readonly chance: () => number;
  readonly tell: TellEdge;
  /** The letter is on disk. */
  readonly kept: (letter: Letter) => void;
  /** What became of a letter that is over; called before it is forgotten. */
  readonly posted: (letter: Letter, posted: Exclude<Posted, { readonly type: 'later' }>) => void;
  /** What the person is asked before words go to the router; null where they go at once. */
  readonly readBack: (words: string) => string | null;
  /** The words of this key wait for `release`: the question is to be asked. */
  readonly ask: (key: string, question: string) => void;
  /** An earlier life of the edge ended before the person had said yes: the words are only written down. */
  readonly lapsed: (letter: Letter) => void;
}

/**
 * Brings what was said to the gateway: each letter is on disk before anything else happens with it, then sent in order,
 * again and again with the same key until the gateway has it or refuses it for good. Nobody who speaks waits for it.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #parts: Parts;
  readonly #end = new AbortController();
  readonly #timers = new Map<string, () => void>();
  /** Finals that were open and went to the router, the latest last. */
  readonly #plain = new Set<string>();
  #wake: () => void = () => {};
  #idle: (() => void)[] = [];
  #tries = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const isFree = () => options.spool.pending().length === 0;
    this.#parts = new Parts({ ...options, isFree, signal: this.#end.signal });
  }

  /**
   * Sends until `stop`. What an earlier life of the edge left behind goes first; what was open there goes the plain way,
   * unless it wants a yes that nobody can give any more.
   */
  async run(): Promise<void> {
    const { spool } = this.#options;
    await this.#takeOver(spool.pending());
    while (!this.#end.signal.aborted) {
      const head = spool.pending()[0];
      if (!head) for (const idle of this.#idle.splice(0)) idle();
      if (!head || head.course === 'open' || head.course === 'held') await this.#change();
      else await this.#send(head, head.course);
    }
  }

  /** Words of a turn so far. The latest count; they are let go where the gateway is slow. */
  part(turn: string, text: string): void {
    this.#parts.take(turn, text);
  }

  /**
   * Takes a letter in; resolves when it is on disk. An `open` final waits for `settle`, at most ten seconds; a `plain` one
   * that wants a yes waits for `release`.
   * @param acts keys of open finals that this letter is what became of: they count as heard
   */
  async put(letter: Letter, course: Course, acts: readonly string[] = []): Promise<void> {
    const { spool, clock, tell } = this.#options;
    if (letter.kind === 'final') this.#parts.forget(letter.key);
    tell({ event: 'edge.forward_transcript', key: letter.key });
    const settled = acts.map((key) => ({ type: 'course', key, course: 'heard' }) as const);
    const question = course === 'plain' ? this.#question(letter) : null;
    const kept = this.#keep([...settled, { type: 'put', letter, course: question === null ? course : 'held' }]);
    if (course === 'open')
      this.#timers.set(
        letter.key,
        clock.after(OPEN_MS, () => this.settle(letter.key, 'plain')),
      );
    if (spool.pending().length === MANY) {
      const message = `${MANY} things you said wait for the gateway: look after it with tutti edge doctor`;
      tell({ event: 'edge.error', code: 'spool_long', message, fatal: false });
    }
    await kept;
    this.#options.kept(letter);
    if (question !== null) this.#options.ask(letter.key, question);
  }

  /** What is to become of a final that was open. Without effect on others. */
  settle(key: string, course: 'plain' | 'heard'): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    if (course === 'plain') this.#plain.add(key);
    const [oldest] = this.#plain;
    if (this.#plain.size > REMEMBERED && oldest !== undefined) this.#plain.delete(oldest);
    const open = this.#options.spool.pending().find((one) => one.letter.key === key && one.course === 'open');
    if (!open) return;
    const question = course === 'plain' ? this.#question(open.letter) : null;
    void this.#keep([{ type: 'course', key, course: question === null ? course : 'held' }]); // never rejects; a failure is told
    if (question !== null) this.#options.ask(key, question);
  }

  /** The person has answered what was asked about these words. */
  release(key: string, isYes: boolean): void {
    void this.#keep([{ type: 'course', key, course: isYes ? 'plain' : 'heard' }]); // never rejects; a failure is told
  }

  /** Whether the words of this key have gone to the router. */
  isPlain(key: string): boolean {
    return this.#plain.has(key);
  }

  /** Resolves when nothing is on its way. */
  async empty(): Promise<void> {
    if (this.#options.spool.pending().length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends `run`; what is on its way stays in the spool. */
  stop(): void {
    this.#end.abort();
    for (const cancel of this.#timers.values()) cancel();
    this.#wake();
  }

  /** Answers are asked for at the desk; work that a model begins, there too. */
  #question(letter: Letter): string | null {
    return letter.kind === 'final' ? this.#options.readBack(letter.text) : null;
  }

  async #takeOver(left: readonly Pending[]): Promise<void> {
    const undecided = left.filter(({ course }) => course === 'open' || course === 'held');
    if (undecided.length === 0) return;
    const lapsed = undecided.filter(({ letter, course }) => course === 'held' || this.#question(letter) !== null);
    await this.#keep(
      undecided.map((one) => ({
        ...{ type: 'course', key: one.letter.key },
        course: lapsed.includes(one) ? 'heard' : 'plain',
      })),
    );
    for (const { letter } of lapsed) this.#options.lapsed(letter);
  }

  async #send(head: Pending, course: 'plain' | 'heard'): Promise<void> {
    const { letter } = head;
    const posted = await this.#try(letter, course);
    if (this.#end.signal.aborted && posted.type === 'later') return;
    this.#tries++;
    switch (posted.type) {
      case 'accepted':
      case 'recorded':
        return this.#over(letter, posted);
      case 'refused':
        return this.#over(letter, posted);
      case 'later': {
        const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, this.#tries));
        const pause = Math.round(this.#options.chance() * most);
        this.#options.tell({
          event: 'transcript.forward_failed',
          key: letter.key,
          error: `${posted.code}: ${posted.why}`,
          tries: this.#tries,
          again_in_ms: pause,
        });
        return sleep(this.#options.clock, pause, this.#end.signal);
      }
      default:
        return never(posted);
    }
  }

  /** One try, cut off when it takes too long. */
  async #try(letter: Letter, course: 'plain' | 'heard'): Promise<Posted> {
    const cut = new AbortController();
    const cancel = this.#options.clock.after(TRY_MS, () => cut.abort());
    const posted = await this.#options.link.post(letter, course, AbortSignal.any([cut.signal, this.#end.signal]));
    cancel();
    return posted;
  }

  async #over(letter: Letter, posted: Exclude<Posted, { readonly type: 'later' }>): Promise<void> {
    const { tell, clock } = this.#options;
    const { key } = letter;
    if (posted.type === 'refused') tell({ event: 'transcript.set_aside', key, error: posted.why });
    else {
      const jobs = posted.type === 'accepted' ? posted.jobs.map(({ id }) => id) : [];
      const length = letter.kind === 'answer' ? letter.answer.length : letter.text.length;
      const latency_ms = clock.now() - letter.heardAt;
      tell({ event: 'transcript.forwarded', key, length, jobs, latency_ms, tries: this.#tries });
    }
    this.#tries = 0;
    this.#options.posted(letter, posted);
    const isRefused = posted.type === 'refused';
    await this.#keep([
      isRefused ? { type: 'done', key, how: 'refused', why: posted.why } : { type: 'done', key, how: 'acknowledged' },
    ]);
  }

  async #keep(records: Parameters<Spool['write']>[0]): Promise<void> {
    const { spool, tell } = this.#options;
    const written = spool.write(records);
    const { ok, ...rest } = await written;
    if (!ok && 'error' in rest) tell({ event: 'edge.error', ...rest.error, fatal: false });
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#end.signal.aborted) resolve();
    });
  }
}
