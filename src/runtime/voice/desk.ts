import { z } from 'zod';
import type { TellEdge } from '../../domain/voice/edge-event.ts';
import { beginsWork, type FleetCall, readBack, readCall } from '../../domain/voice/fleet.ts';
import type { Letter } from '../../domain/voice/letter.ts';
import { answerClass, answerIn, yesOrNo } from '../../domain/voice/reply.ts';
import { fewWords } from '../../domain/voice/spoken.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { type Done, FleetCalls, type FleetCallsOptions, findJob } from './fleet-calls.ts';
import type { AskedQuestion } from './news.ts';

/** A yes counts this long after what it answers was said. Milliseconds. */
const YES_MS = 30_000;

export interface DeskOptions extends FleetCallsOptions {
  readonly clock: Clock;
  readonly tell: TellEdge;
  readonly put: (letter: Letter) => Promise<void>;
  /** Says something to the person when it is quiet. */
  readonly say: (words: string, kind: 'accepted' | 'trouble') => void;
  /** Asks the person now, and resolves when it was asked. @param begun called when the first word is said */
  readonly ask: (question: string, begun: () => void) => Promise<void>;
  /** What the person is asked before words go to the router; null where they go at once. */
  readonly readBack: (words: string) => string | null;
  readonly signal: AbortSignal;
}

/** How a service that has no tools hands a turn over. */
export const DELEGATE = 'delegate';
const delegation = z.object({ utterance: z.string() });

/** Something that is done only after a yes in the next turn. */
interface Held {
  /** Only a turn that begins after it answers; infinite until the question is asked. Epoch milliseconds. */
  at: number;
  readonly act: () => Promise<void>;
  /** There was no yes. */
  readonly drop: () => void;
}

/** What a person said, once it is understood. */
export interface Said {
  readonly key: string;
  readonly text: string;
  /** When they began to say it, epoch milliseconds. */
  readonly begunAt: number;
  readonly heardAt: number;
}

/**
 * Does what is asked by voice: the tools of a model that talks, a yes to what was read back, the answer to a question that
 * was asked aloud. A model cannot say yes for the person: only words of a turn that began after the question count.
 */
export class Desk {
  readonly #options: DeskOptions;
  readonly #calls: FleetCalls;
  #held: Held | null = null;
  #asked: (AskedQuestion & { readonly at: number }) | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#calls = new FleetCalls(options);
  }

  /** Whether the next words may be meant for it. */
  get waits(): boolean {
    return this.#held !== null || this.#asked !== null;
  }

  /** A question was just asked aloud: what the person says next may be its answer. */
  asked(question: AskedQuestion | null): void {
    if (question) this.#asked = { ...question, at: this.#options.clock.now() };
  }

  /**
   * Words wait for a yes: the person is asked.
   * @param decide called once
   */
  async ask(question: string, decide: (isYes: boolean) => void): Promise<void> {
    const { clock, signal, say } = this.#options;
    const act = async () => decide(true);
    const held = this.#take({ at: Number.POSITIVE_INFINITY, act, drop: () => decide(false) });
    await this.#options.ask(`${question} Say yes or no.`, () => {
      held.at = clock.now();
    });
    await sleep(clock, YES_MS, signal);
    if (this.#held !== held || signal.aborted) return;
    this.#held = null;
    held.drop();
    say('Nobody said yes, so I leave it.', 'accepted');
  }

  /** @returns whether the words were meant for this desk, and are used up */
  async heard(said: Said): Promise<boolean> {
    const held = this.#held;
    // A yes to what has yet to be asked is none, and no task either.
    if (held?.at === Number.POSITIVE_INFINITY && yesOrNo(said.text) !== null) return true;
    if (held && said.begunAt > held.at) {
      this.#held = null;
      const isInTime = said.begunAt - held.at <= YES_MS;
      const answer = isInTime ? yesOrNo(said.text) : null;
      if (answer === 'yes') await held.act();
      else held.drop();
      if (answer === 'no') this.#options.say('All right, I leave it.', 'accepted');
      if (answer !== null) return true;
    }
    const asked = this.#asked;
    if (!asked || said.begunAt <= asked.at) return false;
    this.#asked = null;
    if (said.begunAt - asked.at > YES_MS) return false;
    const answer = answerIn(asked.question, said.text);
    if (answer === null) return false;
    const done = await this.#answer(asked, answer, `${said.key}-answer`, said.heardAt);
    if (typeof done.say === 'string') this.#options.say(done.say, 'accepted');
    return true;
  }

  /** Does what a model has called; answers JSON for it, or the words to be said for a delegation. Never rejects. */
  async call(id: string, tool: string, args: string): Promise<string> {
    if (tool === DELEGATE) return this.#delegate(id, args);
    const read = readCall(tool, args);
    const done = read.ok ? await this.#do(read.value, id) : { ok: false, error: read.error.message };
    this.#options.tell({ event: 'edge.tool', tool: read.ok ? read.value.tool : 'unknown', ok: done.ok });
    return JSON.stringify(done);
  }

  /** A service without tools of its own hands over a turn: the router decides what it means. */
  async #delegate(id: string, args: string): Promise<string> {
    const read = delegation.safeParse(parsed(args));
    const words = read.success ? read.data.utterance.trim() : '';
    if (words === '') return 'I did not understand that.';
    const question = this.#options.readBack(words);
    if (question !== null) return this.#holdWords(question, words, id);
    const done = await this.#calls.begin(words, { skill: null, agent: null }, this.#calls.keyOf(id));
    this.#options.tell({ event: 'edge.tool', tool: DELEGATE, ok: done.ok });
    const told = [done.say, done.error].find((one) => typeof one === 'string');
    return typeof told === 'string' ? told : `I have begun: ${fewWords(words)}.`;
  }

  /** @returns the question, to be said */
  #holdWords(question: string, words: string, id: string): string {
    const { say } = this.#hold(question, async () => {
      const done = await this.#calls.begin(words, { skill: null, agent: null }, this.#calls.keyOf(id));
      const told = [done.say, done.error].find((one) => typeof one === 'string');
      this.#options.say(typeof told === 'string' ? told : 'I have handed it in.', done.ok ? 'accepted' : 'trouble');
    });
    return say;
  }

  async #do(call: FleetCall, id: string): Promise<Done> {
    if (call.tool === 'answer_question') return this.#answerCall(call.args.job, call.args.answer, id);
    const found = call.tool === 'stop' ? await findJob(this.#options.fleet, call.args.job) : null;
    if (found?.ok === false) return { ok: false, error: found.error.message };
    const about = found ? `the job ${fewWords(found.value.instruction)}` : '';
    const question = readBack(call, about) ?? this.#questionOf(call);
    if (question === null) return this.#calls.do(call, id);
    // The yes is about the job that was named, whichever are there when it comes.
    const meant = found ? ({ tool: 'stop', args: { job: found.value.id } } as const) : call;
    return this.#hold(question, async () => {
      const done = await this.#calls.do(meant, id);
      const failed = typeof done.error === 'string' ? done.error : 'it did not work';
      this.#options.say(done.ok ? doneWords(call, about) : failed, done.ok ? 'accepted' : 'trouble');
    });
  }

  /** One thing waits for its yes at a time; a later one takes its place. */
  #hold(question: string, act: () => Promise<void>): Done & { readonly say: string } {
    this.#take({ at: this.#options.clock.now(), act, drop() {} });
    return { ok: false, needs_confirmation: true, say: `${question} Say yes or no.` };
  }

  #take(held: Held): Held {
    this.#held?.drop();
    this.#held = held;
    return held;
  }

  /** Words that a model hands in are read by the router as well: "stop everything" is no task. */
  #questionOf(call: FleetCall): string | null {
    if (call.tool === 'start_task' || call.tool === 'browser_use') return this.#options.readBack(call.args.task);
    return call.tool === 'command_agent' ? this.#options.readBack(call.args.prompt) : null;
  }

  async #answerCall(job: string | undefined, answer: string, id: string): Promise<Done> {
    const found = await findJob(this.#options.fleet, job, ({ questions }) => questions.length > 0);
    if (!found.ok) return { ok: false, error: found.error.message };
    const [question] = found.value.questions;
    if (!question) return { ok: false, error: 'this job asks nothing just now' };
    const meant = answerIn(question, answer) ?? answer;
    return this.#answer({ job: found.value.id, question }, meant, this.#calls.keyOf(id), this.#options.clock.now());
  }

  async #answer({ job, question }: AskedQuestion, answer: string, key: string, heardAt: number): Promise<Done> {
    const option = question.options.find(({ id }) => id === answer) ?? null;
    const send = () => this.#options.put({ kind: 'answer', key, job, question: question.id, answer, heardAt });
    switch (answerClass(question.text, option)) {
      case 'screen':
        return { ok: false, say: 'That is a permission: please give it on the screen, I may not take it by voice.' };
      case 'confirm':
        return this.#hold(`Shall I answer: ${fewWords(option?.label ?? answer)}?`, send);
      case 'free':
        await send();
        return { ok: true, answered: answer };
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused by the schema
  }
}

function doneWords(call: FleetCall, about: string): string {
  if (call.tool === 'stop') return `Stopping ${about}.`;
  return beginsWork(call) ? 'I have handed it in.' : 'Done.';
}
