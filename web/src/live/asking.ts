import type { z } from 'zod';
import type { Verb } from '../../../src/domain/job.ts';
import type { Session } from '../../../src/domain/session.ts';
import { type controlBodies, courseOf, readControl } from '../../../src/wire/control.ts';
import { shownStatus } from '../../../src/wire/job-view.ts';
import { Redraw } from './frame.ts';
import { gateway } from './gateway.ts';

type Bodies = { readonly [V in Verb]: z.input<(typeof controlBodies)[V]> };

/** Something the person asked for, until the journal shows that it was taken in. */
export interface Asked {
  readonly words: string;
  /** Known once the gateway has it on disk. */
  readonly id: string | null;
  /** Why it was not taken; null while it may be. */
  readonly refusal: string | null;
}

/** What the person asks of a job. Nothing is shown as done before the journal says so. */
export class Asking {
  readonly job: string;
  readonly redraw = new Redraw();
  #asked: readonly Asked[] = [];
  version = 0;

  constructor(job: string) {
    this.job = job;
  }

  /** What is on its way, and what was refused. */
  open(session: Session): readonly Asked[] {
    return this.#asked.filter(({ id, refusal }) => refusal !== null || id === null || !session.controls.has(id));
  }

  /** @param words what is asked, for the person */
  async ask<V extends Verb>(verb: V, body: Bodies[V], words: string): Promise<void> {
    const asked: Asked = { words, id: null, refusal: null };
    this.#set([...this.#asked.filter(({ refusal }) => refusal === null), asked]);
    const answer = await gateway.control(this.job, verb, body, crypto.randomUUID());
    const now = answer.ok ? { ...asked, id: answer.value.id } : { ...asked, refusal: answer.error.message };
    this.#set(this.#asked.map((one) => (one === asked ? now : one)));
  }

  #set(asked: readonly Asked[]): void {
    this.#asked = asked;
    this.version += 1;
    this.redraw.ask();
  }
}

/** Why the job as it stands would not follow; null where it would. The same rules as the gateway's. */
export function whyNot<V extends Verb>(session: Session, verb: V, body: Bodies[V]): string | null {
  const control = readControl(verb, body, 'page');
  if (!control.ok) return control.error.message;
  const status = session.ended?.status ?? shownStatus({ status: session.attempt > 0 ? 'running' : 'queued' }, session);
  const course = courseOf(status, session, 'page', control.value);
  return course.ok ? null : course.error.message;
}
