import {
  type Announcer,
  emptyAnnouncer,
  type News,
  nextSaying,
  type Quiet,
  withdrawn,
  withNews,
} from '../../domain/voice/announce.ts';
import type { TellEdge } from '../../domain/voice/edge-event.ts';
import { fewWords } from '../../domain/voice/spoken.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import type { EdgeMemory } from '../../ports/edge-memory.ts';
import type { Fleet, JobSeen } from '../../ports/fleet.ts';

/** How often the open jobs are asked for questions. Milliseconds. */
const LOOK_MS = 3_000;
/** Utterances that are followed at once; older ones are given up. */
const FOLLOWED_MAX = 32;

/** A question as it was asked aloud. */
export interface AskedQuestion {
  readonly job: string;
  readonly question: JobSeen['questions'][number];
}

export interface NewsOptions {
  readonly fleet: Fleet;
  readonly memory: EdgeMemory;
  readonly clock: Clock;
  readonly quiet: Quiet;
  readonly tell: TellEdge;
  /** When the last of both sides fell silent, epoch milliseconds; null while somebody speaks. */
  readonly silentSince: () => number | null;
  /** Says it to its end. `asked` is the question in it, if it is one. */
  readonly say: (words: string, kinds: string, asked: AskedQuestion | null) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Follows what this edge began and what waits for its person, and tells each piece once, when it is quiet. */
export class Newsroom {
  readonly #options: NewsOptions;
  readonly #questions = new Map<string, AskedQuestion>();
  readonly #followed = new Set<string>();
  #announcer: Announcer;
  #isSaying = false;
  #cancel = () => {};
  #look = () => {};

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#announcer = { ...emptyAnnouncer, told: options.memory.read().told };
  }

  /** Follows until the signal aborts, beginning with what an earlier life of the edge left. */
  async run(): Promise<void> {
    const { memory, signal, clock } = this.#options;
    for (const { id, about, jobs } of memory.read().traces) this.#followTrace(id, about, jobs);
    while (!signal.aborted) {
      await this.#lookForQuestions();
      const woken = new AbortController();
      this.#look = () => woken.abort();
      await sleep(clock, LOOK_MS, AbortSignal.any([signal, woken.signal]));
    }
    this.#cancel();
  }

  /** Work that was begun here: its result is told. */
  begun(trace: string, about: string, jobs: readonly string[]): void {
    const { memory } = this.#options;
    const all = memory.read();
    if (all.traces.some(({ id }) => id === trace)) return;
    memory.write({ ...all, traces: [...all.traces, { id: trace, about, jobs }].slice(-FOLLOWED_MAX) });
    this.#followTrace(trace, about, jobs);
  }

  /** Resolves when all work that was begun has ended and nothing waits to be told, or the signal aborts. */
  async allTold(signal: AbortSignal): Promise<void> {
    const isBusy = () => this.#isSaying || this.#announcer.waiting.length > 0;
    while (!signal.aborted && (isBusy() || this.#options.memory.read().traces.length > 0)) {
      await sleep(this.#options.clock, 100, signal);
    }
  }

  add(news: News): void {
    this.#announcer = withNews(this.#announcer, news, this.#options.clock.now());
    this.consider();
  }

  /** The person has asked for it, or it is settled: it is not told any more. */
  withdraw(subject: string): void {
    this.#announcer = withdrawn(this.#announcer, subject);
    this.#remember();
  }

  /** Looks whether it is time to say something; to be called when somebody falls silent. */
  consider(): void {
    const { clock, silentSince, quiet, signal } = this.#options;
    this.#cancel();
    if (this.#isSaying || signal.aborted) return;
    const now = clock.now();
    const { say, announcer, at } = nextSaying(this.#announcer, now, silentSince(), quiet);
    if (at !== null) this.#cancel = clock.after(at - now, () => this.consider());
    if (!say) return;
    // Noted before it is said: who is interrupted in the middle does not want it twice.
    this.#announcer = announcer;
    this.#remember();
    this.#isSaying = true;
    const [first] = say.news;
    const asked = (first && this.#questions.get(first.subject)) ?? null;
    const kinds = say.news.map(({ kind }) => kind).join(',');
    void this.#options.say(say.words, kinds, asked).then(() => {
      this.#isSaying = false;
      this.consider();
    });
  }

  #remember(): void {
    const { memory } = this.#options;
    memory.write({ ...memory.read(), told: this.#announcer.told });
  }

  #followTrace(trace: string, about: string, jobs: readonly string[]): void {
    for (const job of jobs) {
      if (this.#followed.has(job)) continue;
      this.#followed.add(job);
      void this.#followJob(trace, about, job); // never rejects: trouble is told
    }
  }

  async #followJob(trace: string, about: string, job: string): Promise<void> {
    const { fleet, tell, signal, clock } = this.#options;
    const begun = clock.now();
    const seen = new Set<string>();
    for await (const sign of fleet.follow(job, signal)) {
      const latency_ms = clock.now() - begun;
      if (sign === 'claimed' && !seen.has(sign)) tell({ event: 'job.claimed', job, latency_ms });
      if (sign === 'working' && !seen.has(sign)) tell({ event: 'job.first_event', job, latency_ms });
      if (sign === 'changed') this.#look();
      seen.add(sign);
    }
    if (!signal.aborted) await this.#ended(trace, about, job);
  }

  /** The last job of a trace to end tells what came of all. */
  async #ended(trace: string, about: string, job: string): Promise<void> {
    const { fleet, memory, tell, clock, signal } = this.#options;
    let answer = await fleet.trace(trace);
    while (!answer.ok && answer.error.code === 'unreachable' && !signal.aborted) {
      await sleep(clock, LOOK_MS, signal);
      answer = await fleet.trace(trace);
    }
    if (signal.aborted) return;
    tell({ event: 'job.ended', job, status: answer.ok ? answer.value.status : 'unknown' });
    if (answer.ok && !answer.value.isOver) return;
    if (answer.ok)
      this.add({ id: `${trace} result`, subject: trace, kind: 'result', words: resultWords(about, answer.value) });
    const all = memory.read();
    memory.write({ ...all, traces: all.traces.filter(({ id }) => id !== trace) });
  }

  async #lookForQuestions(): Promise<void> {
    const jobs = await this.#options.fleet.jobs();
    if (!jobs.ok) return;
    const open = new Map<string, AskedQuestion>();
    for (const job of jobs.value) {
      for (const question of job.isOver ? [] : job.questions)
        open.set(`${job.id}/${question.id}`, { job: job.id, question });
    }
    for (const subject of this.#questions.keys()) if (!open.has(subject)) this.withdraw(subject);
    this.#questions.clear();
    for (const [subject, asked] of open) {
      this.#questions.set(subject, asked);
      const about = jobs.value.find(({ id }) => id === asked.job)?.instruction ?? '';
      this.add({ id: subject, subject, kind: 'question', words: questionWords(about, asked.question) });
    }
  }
}

function resultWords(
  about: string,
  { status, summary }: { readonly status: string; readonly summary: string | null },
): string {
  const what = fewWords(about);
  if (status === 'completed') return `Done: ${what}. ${summary ?? ''}`;
  if (status === 'cancelled') return `Stopped: ${what}.`;
  return `This went wrong: ${what}. ${summary ?? ''}`;
}

function questionWords(about: string, { text, options }: JobSeen['questions'][number]): string {
  const asked = fewWords(text, 40).replace(/[?.!]+$/, '');
  const choice = options.map(({ label }) => fewWords(label)).join(', or ');
  const job = about === '' ? 'A job' : `The job ${fewWords(about, 6)}`;
  return choice === '' ? `${job} asks: ${asked}?` : `${job} asks: ${asked}? You can say: ${choice}.`;
}
