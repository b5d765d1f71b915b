import { randomUUID } from 'node:crypto';
import { ReadStream } from 'node:tty';
import { chosen } from '../../domain/question.ts';
import { openQuestions, type Question, type Session } from '../../domain/session.ts';
import { visible } from '../../kit/display.ts';
import { readControl } from '../../wire/control.ts';
import type { Context, Notes } from './command.ts';
import { personHere, questionText } from './control.ts';
import { nextCall } from './hint.ts';
import type { Host } from './host.ts';
import type { Progress } from './progress.ts';
import { type Typist, typist } from './typing.ts';

interface Asked {
  readonly job: string;
  readonly question: Question;
}

const keyOf = (job: string, { id }: Pick<Question, 'id'>) => `${job} ${id}`;

/** Tells the person at running jobs what is asked of them, and at a terminal takes their answer where they are. */
export class Asker {
  readonly #context: Context;
  readonly #place: Host;
  readonly #notes: Notes;
  /** Where each job is shown. */
  readonly #shown: ReadonlyMap<string, Progress>;
  readonly #typist: Typist | null;
  readonly #told = new Set<string>();
  /** What was answered here, until the journal says so. */
  readonly #answered = new Set<string>();
  /** What can be answered here, in the order in which it was asked. */
  #open: readonly Asked[] = [];
  /** The job whose question is being answered. */
  #asking: string | null = null;

  constructor(context: Context, place: Host, notes: Notes, shown: ReadonlyMap<string, Progress>) {
    this.#context = context;
    this.#place = place;
    this.#notes = notes;
    this.#shown = shown;
    this.#typist = this.#typistHere();
  }

  /** Asks what is open in the job and was not asked before. For programs (`--json`) the events are enough. */
  look(job: string, session: Session): void {
    if (this.#context.flags.json === true) return;
    const all = openQuestions(session);
    const open = all.filter((question) => !this.#answered.has(keyOf(job, question)));
    const isOpen = (one: Asked) => one.job !== job || open.some(({ id }) => id === one.question.id);
    const kept = this.#open.filter(isOpen);
    const known = new Set(kept.map((one) => keyOf(one.job, one.question)));
    const fresh = open.filter((question) => !known.has(keyOf(job, question)));
    this.#open = [...kept, ...fresh.map((question) => ({ job, question }))];
    for (const question of all) if (!this.#told.has(keyOf(job, question))) this.#tell(job, question);
    this.#listen();
  }

  /** The job has ended, and asks nothing more. */
  leave(job: string): void {
    this.#open = this.#open.filter((one) => one.job !== job);
    this.#listen();
  }

  end(): void {
    this.#open = [];
    this.#listen();
  }

  #tell(job: string, question: Question): void {
    this.#told.add(keyOf(job, question));
    const call = nextCall(this.#context, this.#place.folder, `answer ${job}`);
    const here = this.#typist ? '  or type it here, and Enter\n' : '';
    this.#notes.write(`\nA question for you:\n${questionText(call, [question])}${here}\n`);
  }

  /** What was typed for one job is never taken for another's answer. */
  #listen(): void {
    const next = this.#open[0]?.job ?? null;
    if (!this.#typist || next === this.#asking) return;
    if (this.#asking !== null) this.#shown.get(this.#asking)?.typing?.(null);
    this.#typist.listen(false);
    this.#asking = next;
    if (next === null) return;
    this.#shown.get(next)?.typing?.('');
    this.#typist.listen(true);
  }

  /** Only where the person sees the question and their answer at one terminal. */
  #typistHere(): Typist | null {
    const { out, flags } = this.#context;
    const { stdin } = process;
    if (out.isTTY !== true || flags.json === true || !(stdin instanceof ReadStream) || stdin.readableEnded) return null;
    const isRaw = [...this.#shown.values()].some((progress) => progress.typing !== undefined);
    return typist(stdin, isRaw, {
      shown: (line) => this.#shown.get(this.#asking ?? '')?.typing?.(line),
      entered: (line) => this.#answer(line),
    });
  }

  /** A line is the answer to the oldest open question. */
  #answer(line: string): void {
    const [asked] = this.#open;
    if (!asked) return;
    const { job, question } = asked;
    const control = readControl('answer', { question: question.id, answer: line }, personHere());
    if (!control.ok) return void this.#notes.write(`tutti: ${visible(control.error.message)}\n`);
    this.#answered.add(keyOf(job, question));
    this.#open = this.#open.slice(1);
    this.#notes.write(`${question.id}: ${visible(chosen(question.options, line)?.label ?? line)}\n`);
    this.#listen();
    this.#place.house.engine.control(job, randomUUID(), control.value).catch((error: unknown) => {
      this.#answered.delete(keyOf(job, question));
      this.#notes.write(`tutti: the answer could not be stored: ${visible(String(error))}\n`);
    });
  }
}
