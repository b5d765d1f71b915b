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

/** Tells the person at a running job what is asked of them, and at a terminal takes their answer where they are. */
export class Asker {
  readonly #context: Context;
  readonly #place: Host;
  readonly #job: string;
  readonly #notes: Notes;
  readonly #progress: Progress;
  readonly #typist: Typist | null;
  readonly #told = new Set<string>();
  /** What was answered here, until the journal says so. */
  readonly #answered = new Set<string>();
  #open: readonly Question[] = [];
  #listening = false;

  constructor(context: Context, place: Host, job: string, notes: Notes, progress: Progress) {
    this.#context = context;
    this.#place = place;
    this.#job = job;
    this.#notes = notes;
    this.#progress = progress;
    this.#typist = this.#typistHere();
  }

  /** Asks what is open in the session and was not asked before. For programs (`--json`) the events are enough. */
  look(session: Session): void {
    if (this.#context.flags.json === true) return;
    this.#open = openQuestions(session).filter(({ id }) => !this.#answered.has(id));
    for (const question of openQuestions(session)) if (!this.#told.has(question.id)) this.#tell(question);
    this.#listen();
  }

  end(): void {
    this.#open = [];
    this.#listen();
  }

  #tell(question: Question): void {
    this.#told.add(question.id);
    const call = nextCall(this.#context, this.#place.folder, `answer ${this.#job}`);
    const here = this.#typist ? '  or type it here, and Enter\n' : '';
    this.#notes.write(`\nA question for you:\n${questionText(call, [question])}${here}\n`);
  }

  #listen(): void {
    const on = this.#open.length > 0;
    if (!this.#typist || on === this.#listening) return;
    this.#listening = on;
    this.#progress.typing?.(on ? '' : null);
    this.#typist.listen(on);
  }

  /** Only where the person sees the question and their answer at one terminal. */
  #typistHere(): Typist | null {
    const { out, flags } = this.#context;
    const { stdin } = process;
    if (out.isTTY !== true || flags.json === true || !(stdin instanceof ReadStream) || stdin.readableEnded) return null;
    return typist(stdin, this.#progress.typing !== undefined, {
      shown: (line) => this.#progress.typing?.(line),
      entered: (line) => this.#answer(line),
    });
  }

  /** A line is the answer to the oldest open question. */
  #answer(line: string): void {
    const [question] = this.#open;
    if (!question) return;
    const control = readControl('answer', { question: question.id, answer: line }, personHere());
    if (!control.ok) return void this.#notes.write(`tutti: ${visible(control.error.message)}\n`);
    this.#answered.add(question.id);
    this.#open = this.#open.slice(1);
    this.#notes.write(`${question.id}: ${visible(chosen(question.options, line)?.label ?? line)}\n`);
    this.#listen();
    this.#place.house.engine.control(this.#job, randomUUID(), control.value).catch((error: unknown) => {
      this.#answered.delete(question.id);
      this.#notes.write(`tutti: the answer could not be stored: ${visible(String(error))}\n`);
    });
  }
}
