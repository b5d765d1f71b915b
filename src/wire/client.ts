import type { z } from 'zod';
import type { LedgerGroup } from '../domain/cost/ledger.ts';
import { type Cursor, compareCursors, START } from '../domain/cursor.ts';
import type { Recorded } from '../domain/event.ts';
import type { Verb } from '../domain/job.ts';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { ok, type Refusal, type Result } from '../kit/result.ts';
import type * as answers from './answers.ts';
import type { controlBodies } from './control.ts';
import { readEvent } from './event-json.ts';
import type { InsightAnswer } from './insight.ts';
import type { CatalogueAnswer, RouteAnswer } from './preview.ts';
import type { applyBody } from './result.ts';
import type { linkBody, linkMade } from './sign-in.ts';
import { Frames } from './sse-frames.ts';
import type { Problem, taskBody } from './task.ts';
import type { transcriptBody } from './transcript.ts';

export interface ClientOptions {
  /** Address of the gateway, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The bearer token, or what tells it as it is now; null where the browser's cookie says who asks. */
  readonly token: string | (() => string) | null;
  readonly fetch?: typeof fetch;
  /** The one certificate that `fetch` trusts, in PEM; absent: those of the system. */
  readonly certificate?: string;
  readonly clock?: Clock;
}

/** How a gateway is reached by a line that is no request. */
export interface ClientWay {
  readonly url: string;
  readonly token: string | null;
  readonly certificate: string | null;
}

/** Why a request was not answered as hoped: the gateway's problem, or that it was not reached (`unreachable`, status 0). */
export interface ClientRefusal extends Refusal {
  readonly status: number;
  readonly field?: string | undefined;
}

type Answer<T> = Promise<Result<T, ClientRefusal>>;
type Told<T extends z.ZodType> = z.infer<T>;

/** What a stream of events ends with when the gateway refuses to go on with it. */
export class StreamRefused extends Error {
  readonly refusal: ClientRefusal;

  constructor(refusal: ClientRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Speaks to a gateway. Requests never throw; a request with a key may be sent again without harm. */
export class TuttiClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get way(): ClientWay {
    const { url, token, certificate = null } = this.#options;
    return { url, token: typeof token === 'function' ? token() : token, certificate };
  }

  /** Hands in a task; answered when it is on disk. */
  submit(task: z.input<typeof taskBody>): Answer<Told<typeof answers.taskAccepted>> {
    return this.#json('POST', '/task', task);
  }

  /** Hands in what was heard. */
  transcript(
    said: z.input<typeof transcriptBody>,
  ): Answer<
    | Told<typeof answers.transcriptAccepted>
    | Told<typeof answers.partialReceived>
    | Told<typeof answers.recorded>
    | Told<typeof answers.controlSaid>
  > {
    return this.#json('POST', '/transcript', said);
  }

  /** How a job stands. */
  status(job: string): Answer<Told<typeof answers.jobStatus>> {
    return this.#json('GET', `/status/${encodeURIComponent(job)}`);
  }

  /** The latest jobs, the newest first. */
  jobs(): Answer<Told<typeof answers.sessionList>> {
    return this.#json('GET', '/api/v1/sessions');
  }

  /** All jobs of one utterance. */
  trace(trace: string): Answer<Told<typeof answers.trace>> {
    return this.#json('GET', `/trace/${encodeURIComponent(trace)}`);
  }

  /** What the agents have cost, added up. */
  costs(by: LedgerGroup = 'day', days = 30): Answer<Told<typeof answers.costs>> {
    return this.#json('GET', `/api/v1/costs?by=${by}&days=${days}`);
  }

  /** How things went in the last days. */
  insight(days = 30): Answer<InsightAnswer> {
    return this.#json('GET', `/api/v1/insight?days=${days}`);
  }

  skills(): Answer<Told<typeof answers.skills>> {
    return this.#json('GET', '/skills');
  }

  /** What a task may name. */
  catalogue(): Answer<CatalogueAnswer> {
    return this.#json('GET', '/api/v1/catalogue');
  }

  /** What words would become; nothing is done. Empty for the skill: as the words ask. */
  route(text: string, skill = ''): Answer<RouteAnswer> {
    const named = skill === '' ? '' : `&skill=${encodeURIComponent(skill)}`;
    return this.#json('GET', `/api/v1/route?text=${encodeURIComponent(text)}${named}`);
  }

  health(): Answer<Told<typeof answers.health>> {
    return this.#json('GET', '/health');
  }

  /** The gateway's time as its answers tell it, in whole seconds; null where it is not told or not reached. */
  async clock(): Promise<string | null> {
    const answer = await this.#ask('GET', '/health');
    return answer.ok ? answer.value.headers.get('date') : null;
  }

  /**
   * Asks something of an accepted job.
   * @param key the same key twice is one control
   */
  control<V extends Verb>(
    job: string,
    verb: V,
    body: z.input<(typeof controlBodies)[V]>,
    key?: string,
  ): Answer<Told<typeof answers.controlled>> {
    return this.#json('POST', `/api/v1/${encodeURIComponent(job)}/${verb}`, body, key);
  }

  /** Asks it of all open jobs. */
  controlAll(
    verb: 'stop' | 'pause' | 'resume',
    body: { readonly agent?: string; readonly reason?: string; readonly park?: boolean } = {},
  ): Answer<Told<typeof answers.allControlled>> {
    return this.#json('POST', `/api/v1/all/${verb}`, body);
  }

  /** The last raw words of an agent. */
  logs(job: string, agent: string, limit = 200): Answer<Told<typeof answers.logs>> {
    return this.#json('GET', `/api/v1/${encodeURIComponent(job)}/logs/${encodeURIComponent(agent)}?limit=${limit}`);
  }

  /** The change a job has made, as a git diff. */
  async diff(job: string): Answer<string> {
    const answer = await this.#ask('GET', `/api/v1/${encodeURIComponent(job)}/diff`);
    return answer.ok ? read(() => answer.value.text()) : answer;
  }

  /** Brings a job's change into the files. */
  apply(job: string, how: z.input<typeof applyBody> = {}): Answer<Told<typeof answers.applied>> {
    return this.#json('POST', `/api/v1/${encodeURIComponent(job)}/apply`, how);
  }

  /** The address of the page by which a voice edge of the gateway's machine listens. */
  talk(): Answer<Told<typeof answers.talk>> {
    return this.#json('POST', '/api/v1/talk', {});
  }

  /** A link by which a person signs in at the page; with a job, to look at that one alone. */
  signInLink(how: z.input<typeof linkBody> = {}): Answer<Told<typeof linkMade>> {
    return this.#json('POST', '/api/v1/sign-in-links', how);
  }

  /**
   * A job's events after the cursor, each once and in order, until the job has ended or the signal aborts. Where the
   * gateway cannot be reached or goes away in the middle, it is asked again from the last event on.
   * @throws StreamRefused when the gateway says that there is nothing to read
   */
  async *events(job: string, after: Cursor = START, signal?: AbortSignal): AsyncGenerator<Recorded, void, void> {
    let position = after;
    let pause = FIRST_PAUSE_MS;
    while (!signal?.aborted) {
      const answer = await this.#ask('GET', `/api/v1/${encodeURIComponent(job)}/events`, {
        headers: { 'last-event-id': position },
        ...(signal ? { signal } : {}),
      });
      if (!answer.ok && !isPassing(answer.error)) throw new StreamRefused(answer.error);
      const frames = answer.ok ? framesOf(answer.value) : [];
      for await (const { event, data } of frames) {
        if (event === 'end') return;
        const read = event === 'message' ? readEvent(data) : null;
        if (!read?.ok || compareCursors(read.value.cursor, position) <= 0) continue;
        position = read.value.cursor;
        pause = FIRST_PAUSE_MS;
        yield read.value;
        if (signal?.aborted) return;
      }
      await sleep(this.#clock, pause, signal);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  async #json<T>(method: string, path: string, body?: unknown, key?: string): Answer<T> {
    const answer = await this.#ask(method, path, {
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    });
    return answer.ok ? read(async () => (await answer.value.json()) as T) : answer;
  }

  async #ask(method: string, path: string, more: RequestInit = {}): Answer<Response> {
    const { url, token, fetch: send = fetch } = this.#options;
    try {
      const headers: Record<string, string> = { ...(more.headers as Record<string, string>) };
      if (token !== null) headers.authorization = `Bearer ${typeof token === 'string' ? token : token()}`;
      const response = await send(`${url.replace(/\/$/, '')}${path}`, { ...more, method, headers });
      return response.ok ? ok(response) : { ok: false, error: await refusalOf(response) };
    } catch (error) {
      return unreachable(error);
    }
  }
}

/** Reads an answer to its end; a line that breaks on the way counts as not reached. */
async function read<T>(body: () => Promise<T>): Answer<T> {
  try {
    return ok(await body());
  } catch (error) {
    return unreachable(error);
  }
}

function unreachable(error: unknown): { readonly ok: false; readonly error: ClientRefusal } {
  const why =
    error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
  return { ok: false, error: { code: 'unreachable', message: `the gateway does not answer: ${why}`, status: 0 } };
}

async function refusalOf(response: Response): Promise<ClientRefusal> {
  const { status } = response;
  try {
    const told = (await response.json()) as Problem;
    return { code: told.code ?? `http_${status}`, message: told.detail, status, field: told.field };
  } catch {
    return { code: `http_${status}`, message: `the gateway answered ${status}`, status };
  }
}

/** Whether it may be over when it is asked again. */
function isPassing({ status }: ClientRefusal): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** The events of a stream; it ends where the line breaks. */
async function* framesOf(response: Response) {
  const frames = new Frames();
  const text = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) yield* frames.take(text.decode(chunk, { stream: true }));
  } catch {
    // Cut off: who reads asks again from the last event on.
  }
}
