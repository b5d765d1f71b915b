import type { RunOrder } from '../domain/coordinator.ts';
import { raised } from '../domain/cost/limits.ts';
import type { Event } from '../domain/event.ts';
import { healthOf, QUIET_MS } from '../domain/health.ts';
import { openRuns, type Session } from '../domain/session.ts';
import { sleep } from '../kit/clock.ts';
import type { AgentRun, Vitals } from '../ports/agent.ts';
import { spentToday } from './day-budget.ts';
import { diagnose } from './diagnosis.ts';
import type { Journal } from './journal.ts';
import { lookOf } from './look.ts';
import { Running, readableRoots } from './run.ts';
import type { Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

/** How often the processes are looked at, and the day's costs counted. Milliseconds. */
const LOOK_MS = 10_000;

/** A look ends after this: the agent that asked waits without a word. */
const LONGEST_LOOK_MS = 5 * 60_000;

/** The agents at work in one attempt of a job. */
export class Runs {
  readonly #shop: Workshop;
  readonly #job: string;
  readonly #journal: Journal;
  readonly #steps: Steps;
  readonly #running = new Map<string, Running>();
  readonly #stderr = new Map<string, string>();
  readonly #vitals = new Map<string, { readonly vitals: Vitals; readonly at: number }>();

  constructor(shop: Workshop, job: string, journal: Journal, steps: Steps) {
    this.#shop = shop;
    this.#job = job;
    this.#journal = journal;
    this.#steps = steps;
  }

  get size(): number {
    return this.#running.size;
  }

  /** One life of an agent, from its launch to its end. Nothing is launched beyond the day's budget. */
  async live(order: RunOrder): Promise<void> {
    if (await this.#isDaySpent()) return;
    const asked = this.#shop.looks ? lookOf(this, order) : null;
    await this.#live(new Running(this.#shop, this.#job, this.#journal, this.#steps, order, { words: null, asked }));
  }

  /** One look of the browser for the agent of another run, which waits for it; the signal ends it. */
  async look(order: RunOrder, words: string, signal: AbortSignal): Promise<void> {
    if (await this.#isDaySpent()) return;
    const running = new Running(this.#shop, this.#job, this.#journal, this.#steps, order, { words, asked: null });
    const stop = (why: string) => void running.stop('superseded', why);
    const cancel = this.#shop.clock.after(LONGEST_LOOK_MS, () => stop('the look took too long'));
    signal.addEventListener('abort', () => stop('nobody waits for it any more'), { once: true });
    await this.#live(running).finally(cancel);
  }

  get session(): Session {
    return this.#journal.session;
  }

  get now(): number {
    return this.#shop.clock.now();
  }

  async #live(running: Running): Promise<void> {
    const { order } = running;
    this.#running.set(order.run, running);
    await running.live().finally(() => {
      this.#running.delete(order.run);
      this.#vitals.delete(order.run);
      this.#stderr.set(order.run, running.stderr);
    });
  }

  async hold(run: string, held: boolean, why: string): Promise<void> {
    this.#running.get(run)?.hold(held);
    await this.#journal.append([{ type: 'run.held', run, held, why }]);
  }

  async steer(message: string, run: string): Promise<void> {
    const text = this.#journal.session.messages.get(message)?.text;
    const running = this.#running.get(run);
    if (text === undefined) return;
    if (!running) return this.endBroken('superseded', 'its launch broke off', run);
    const done = await running.steer(text);
    if (this.#journal.session.runs.get(run)?.outcome) return; // the next run brings it
    const type = done === 'delivered' ? 'message.delivered' : 'message.deferred';
    await this.#journal.append([{ type, message, run }]);
  }

  async stop(run: string, cause: 'person' | 'paused' | 'superseded', message: string): Promise<void> {
    await this.#running.get(run)?.stop(cause, message);
    await this.endBroken(cause, message, run);
  }

  async stopAll(cause: Parameters<AgentRun['stop']>[0], message: string): Promise<void> {
    await Promise.all([...this.#running.values()].map((run) => run.stop(cause, message)));
  }

  /** A run whose launch broke off wrote no end: left open, it would have to be stopped again and again. */
  async endBroken(cause: Parameters<AgentRun['stop']>[0], message: string, only?: string): Promise<void> {
    const outcome = { kind: 'stopped', cause, message } as const;
    const open = openRuns(this.#journal.session).filter((run) => !this.#running.has(run.id));
    const ends = open.flatMap(({ id: run, usage }): Event[] => {
      return only && only !== run ? [] : [{ type: 'run.ended', run, outcome, exit: null, usage, duration_ms: 0 }];
    });
    if (ends.length > 0) await this.#journal.append(ends);
  }

  async diagnose(run: string): Promise<void> {
    const { session } = this.#journal;
    const roots = readableRoots(session, this.#steps.folder);
    await this.#journal.append(diagnose(this.#shop, session, run, this.#stderr.get(run) ?? '', roots));
  }

  /** Looks at the processes and the day's costs from time to time, until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#shop.clock, LOOK_MS, signal);
      if (signal.aborted) return;
      try {
        await Promise.all([...this.#running.keys()].map((run) => this.#look(run)));
        if (this.#running.size > 0) await this.#isDaySpent();
      } catch (error) {
        this.#shop.log.info('the runs could not be looked at', { job: this.#job, error: String(error) });
      }
    }
  }

  /** Writes down what a quiet run is about, when that has changed. */
  async #look(id: string): Promise<void> {
    const now = this.#shop.clock.now();
    const run = this.#journal.session.runs.get(id);
    if (!run || run.outcome || run.heldSince !== null || now - run.lastEventAt < QUIET_MS) return;
    const vitals = (await this.#running.get(id)?.vitals()) ?? null;
    if (!vitals) return;
    const before = this.#vitals.get(id);
    this.#vitals.set(id, { vitals, at: now });
    const cpuMs = before ? vitals.cpuMs - before.vitals.cpuMs : null;
    const signs = {
      lastByteAt: vitals.lastByteAt,
      children: vitals.children,
      cpuMs,
      sinceMs: now - (before?.at ?? now),
    };
    const { state, evidence } = healthOf(run, now, signs);
    const isKnown = this.#journal.session.runs.get(id)?.health?.state === state;
    if (!isKnown) await this.#journal.append([{ type: 'run.health', run: id, state, evidence }]);
  }

  /** Counts what all jobs have cost today against the day's budget, and writes down when it is used up. */
  async #isDaySpent(): Promise<boolean> {
    const { session } = this.#journal;
    const budget = this.#shop.usdPerDay;
    if (budget === null) return false;
    const of = raised(session, 'usd_day', budget);
    const used = await spentToday(this.#shop, this.#job, session);
    const limit = { limit: 'usd_day', used, of } as const;
    if (used >= of) {
      if (!this.#journal.session.reached) await this.#journal.append([{ type: 'limit.reached', ...limit }]);
      return true;
    }
    const isNear = used >= of * 0.8 && !this.#journal.session.warned.has(`usd_day ${of}`);
    if (isNear) await this.#journal.append([{ type: 'limit.warned', ...limit }]);
    return false;
  }
}
