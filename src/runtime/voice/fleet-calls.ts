import type { FleetCall } from '../../domain/voice/fleet.ts';
import type { Letter } from '../../domain/voice/letter.ts';
import { type Crew, findNamed, type Named, withJob, withName } from '../../domain/voice/roster.ts';
import { fewWords, spoken } from '../../domain/voice/spoken.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { EdgeMemory } from '../../ports/edge-memory.ts';
import type { Fleet, FleetVerb, JobSeen } from '../../ports/fleet.ts';
import type { Posted } from '../../ports/gateway-link.ts';

/** Who has called waits this long for the gateway, then hears that it is kept. Milliseconds. */
const WAIT_MS = 3_000;
const LISTED = 10;
/** Of a file's change. Characters. */
const FILE_MAX = 4_000;

/** What a tool answers to its model. */
export interface Done {
  readonly ok: boolean;
  readonly [more: string]: unknown;
}

export interface FleetCallsOptions {
  readonly fleet: Fleet;
  readonly memory: EdgeMemory;
  readonly clock: Clock;
  /** Begins every key. */
  readonly session: string;
  /** Hands work in; resolves when it is on disk. */
  readonly begin: (letter: Letter) => Promise<void>;
  /** What became of a letter with this key, when it is known. */
  readonly became: (key: string) => Promise<Posted>;
  /** The person has asked how it stands: it need not be told any more. */
  readonly withdraw: (subject: string) => void;
}

/** The tools, done with the jobs of the gateway. A named agent is a driver and the jobs it was given, nothing more. */
export class FleetCalls {
  readonly #options: FleetCallsOptions;

  constructor(options: FleetCallsOptions) {
    this.#options = options;
  }

  /** The key of what a call begins: the same call is the same work. */
  keyOf(call: string): string {
    return `${this.#options.session}-${call.slice(0, 120)}`;
  }

  /** Never rejects. @param id of the call */
  async do(call: FleetCall, id: string): Promise<Done> {
    const key = this.keyOf(id);
    switch (call.tool) {
      case 'list_jobs':
        return this.#list();
      case 'list_agents':
        return this.#agents();
      case 'create_agent':
        return this.#create(call.args.tool, call.args.agent_name);
      case 'command_agent':
        return this.#command(call.args.agent_name, call.args.prompt, key);
      case 'check_agent_result':
        return this.#check(call.args.agent_name);
      case 'delete_agent':
        return this.#delete(call.args.agent_name, key);
      case 'browser_use': {
        const at = call.args.url === undefined ? '' : ` (begin at ${call.args.url})`;
        return this.begin(`${call.args.task}${at}`, { skill: 'browser', agent: null }, key);
      }
      case 'start_task':
        return this.begin(call.args.task, { skill: null, agent: null, budgetUsd: call.args.budget_usd }, key);
      case 'open_file':
        return {
          ok: false,
          error: 'files cannot be opened by voice: look at the page, or say read_file for its change',
        };
      case 'read_file':
        return this.#file(call.args.job, call.args.file_path);
      case 'report_costs':
        return this.#costs();
      case 'review':
        return this.#control(call.args.job, call.tool, call.args.focus ?? null, key);
      case 'pause':
      case 'resume':
      case 'stop':
        return this.#control(call.args.job, call.tool, null, key);
      case 'answer_question':
        return { ok: false, error: 'answers are given at the desk' };
      default:
        return never(call);
    }
  }

  async #list(): Promise<Done> {
    const jobs = await this.#options.fleet.jobs();
    if (!jobs.ok) return { ok: false, error: jobs.error.message };
    for (const { trace, isOver } of jobs.value) if (isOver) this.#options.withdraw(trace);
    return { ok: true, jobs: jobs.value.slice(0, LISTED).map(shown) };
  }

  async #agents(): Promise<Done> {
    const jobs = await this.#options.fleet.jobs();
    if (!jobs.ok) return { ok: false, error: jobs.error.message };
    const atWork = jobs.value.filter(({ isOver }) => !isOver).flatMap(({ agents }) => agents);
    const named = this.#roster().map((one) => {
      const job = latestOf(one, jobs.value);
      return {
        name: one.name,
        agent: one.agent,
        status: job?.status ?? 'idle',
        task: job ? fewWords(job.instruction) : null,
      };
    });
    return { ok: true, agents: named, at_work: atWork.slice(0, 20) };
  }

  #create(tool: string, wished: string | undefined): Done {
    const agent: Crew = tool === 'codex' || tool === 'gemini' || tool === 'browser' ? tool : 'claude';
    const made = withName(this.#roster(), agent, wished);
    if (!made.ok) return { ok: false, error: made.error.message };
    this.#keep(made.value.roster);
    return { ok: true, agent_name: made.value.named.name, agent };
  }

  /** What has open work is told the words; what has none begins a job with them. */
  async #command(name: string, words: string, key: string): Promise<Done> {
    const named = findNamed(this.#roster(), name);
    if (!named) return this.#noAgent(name);
    const jobs = await this.#options.fleet.jobs();
    const latest = jobs.ok ? latestOf(named, jobs.value) : undefined;
    if (latest && !latest.isOver) {
      const told = await this.#options.fleet.control(latest.id, 'steer', words, key);
      return told.ok ? { ok: true, told: latest.id } : { ok: false, error: told.error.message };
    }
    const skill = named.agent === 'browser' ? 'browser' : 'coding';
    const agent = named.agent === 'browser' ? null : named.agent;
    const done = await this.begin(words, { skill, agent }, key);
    if (typeof done.job_id === 'string') this.#keep(withJob(this.#roster(), named.name, done.job_id));
    return done;
  }

  async #check(name: string): Promise<Done> {
    const named = findNamed(this.#roster(), name);
    if (!named) return this.#noAgent(name);
    const jobs = await this.#options.fleet.jobs();
    if (!jobs.ok) return { ok: false, error: jobs.error.message };
    const job = latestOf(named, jobs.value);
    if (!job) return { ok: true, agent_name: named.name, status: 'idle' };
    if (job.isOver) this.#options.withdraw(job.trace);
    return { ok: true, agent_name: named.name, ...shown(job) };
  }

  async #delete(name: string, key: string): Promise<Done> {
    const named = findNamed(this.#roster(), name);
    if (!named) return this.#noAgent(name);
    const jobs = await this.#options.fleet.jobs();
    if (!jobs.ok) return { ok: false, error: jobs.error.message };
    const open = jobs.value.filter(({ id, isOver }) => !isOver && named.jobs.includes(id));
    for (const job of open) {
      const stopped = await this.#options.fleet.control(job.id, 'stop', 'ended by voice', `${key} ${job.id}`);
      if (!stopped.ok) return { ok: false, error: stopped.error.message };
    }
    this.#keep(this.#roster().filter((one) => one.name !== named.name));
    return { ok: true, ended: named.name, stopped: open.length };
  }

  /** Hands work in, and waits a little for what becomes of it. */
  async begin(
    text: string,
    how: { readonly skill: string | null; readonly agent: string | null; readonly budgetUsd?: number | undefined },
    key: string,
  ): Promise<Done> {
    const { begin, became, clock } = this.#options;
    const coming = became(key);
    await begin({ kind: 'task', key, text, ...how, heardAt: clock.now() });
    const cut = new AbortController();
    const posted = await Promise.race([coming, sleep(clock, WAIT_MS, cut.signal).then(() => null)]);
    cut.abort();
    if (posted === null || posted.type === 'later') {
      return {
        ok: true,
        status: 'kept',
        say: 'The gateway does not answer just now. I hand it in as soon as it does.',
      };
    }
    if (posted.type === 'refused') return { ok: false, error: posted.why };
    const [job] = posted.type === 'accepted' ? posted.jobs : [];
    const said = posted.type === 'accepted' && posted.text !== null ? { say: posted.text } : {};
    return { ok: true, status: 'accepted', job_id: job?.id ?? null, ...said };
  }

  async #control(job: string | undefined, verb: FleetVerb, words: string | null, key: string): Promise<Done> {
    const found = await findJob(this.#options.fleet, job);
    if (!found.ok) return { ok: false, error: found.error.message };
    const done = await this.#options.fleet.control(found.value.id, verb, words, key);
    return done.ok ? { ok: true, job: shown(found.value) } : { ok: false, error: done.error.message };
  }

  /** Only what the job itself has changed can be read: a name is looked for in its diff, never on a disk. */
  async #file(job: string | undefined, file: string): Promise<Done> {
    const found = await findJob(this.#options.fleet, job, ({ isOver }) => isOver);
    if (!found.ok) return { ok: false, error: found.error.message };
    const diff = await this.#options.fleet.diff(found.value.id);
    if (!diff.ok) return { ok: false, error: diff.error.message };
    const wanted = file.split(/[\\/]/).at(-1)?.toLowerCase() ?? '';
    const part = diff.value.split(/^(?=diff --git )/m).find((one) => nameIn(one) === wanted);
    if (!part) return { ok: false, error: `the job has not changed a file ${fewWords(wanted)}` };
    return { ok: true, file: wanted, change: part.slice(0, FILE_MAX), cut: part.length > FILE_MAX };
  }

  async #costs(): Promise<Done> {
    const costs = await this.#options.fleet.costs();
    if (!costs.ok) return { ok: false, error: costs.error.message };
    return {
      ok: true,
      days: 30,
      usd: Number(costs.value.usd.toFixed(2)),
      runs: costs.value.runs,
      unknown: costs.value.unknown,
    };
  }

  #noAgent(name: string): Done {
    const names = this.#roster().map((one) => one.name);
    return {
      ok: false,
      error: `there is no agent ${fewWords(name)}${names.length > 0 ? `: there is ${names.join(', ')}` : ''}`,
    };
  }

  #roster(): readonly Named[] {
    return this.#options.memory.read().roster;
  }

  #keep(roster: readonly Named[]): void {
    this.#options.memory.write({ ...this.#options.memory.read(), roster });
  }
}

/** A job by its id or words of its task; without either the latest open one, else the latest. */
export async function findJob(
  fleet: Fleet,
  wanted: string | undefined,
  fits: (job: JobSeen) => boolean = ({ isOver }) => !isOver,
): Promise<Result<JobSeen>> {
  const jobs = await fleet.jobs();
  if (!jobs.ok) return jobs;
  const words = (wanted ?? '').toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? [];
  const named = jobs.value.filter(
    ({ id, instruction }) => id === wanted || words.every((word) => instruction.toLowerCase().includes(word)),
  );
  const found = named.find(({ id }) => id === wanted) ?? named.find(fits) ?? named[0];
  if (found) return ok(found);
  return refuse('no_job', jobs.value.length === 0 ? 'there is no job yet' : 'no job is about that');
}

function latestOf(named: Named, jobs: readonly JobSeen[]): JobSeen | undefined {
  return jobs.find(({ id }) => id === named.jobs.at(-1));
}

function shown({ id, status, instruction, progress, questions, costUsd, summary }: JobSeen) {
  return {
    job_id: id,
    status,
    task: fewWords(instruction, 20),
    progress,
    questions: questions.map(({ text }) => spoken(text)),
    cost_usd: costUsd,
    summary: summary === null ? null : spoken(summary),
  };
}

/** The name of the file a part of a diff is about, in lower case. */
function nameIn(part: string): string | null {
  return /^diff --git .*[/]([^/\n"]+)"?$/m.exec(part.slice(0, 2_000))?.[1]?.toLowerCase() ?? null;
}
