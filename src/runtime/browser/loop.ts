import { z } from 'zod';
import { clip } from '../../domain/agent-event.ts';
import { type BrowserAction, describeAction, readAction } from '../../domain/browser/action.ts';
import { findingsIn, type Measured } from '../../domain/browser/measure.ts';
import { fillSecrets, hideSecrets, type Secrets } from '../../domain/browser/secret.ts';
import {
  type BrowserResult,
  type BrowserStep,
  pagesOf,
  type TaskExtras,
  taskPrompt,
} from '../../domain/browser/task.ts';
import { findAnswer } from '../../domain/json-answer.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Browser, CallResult, ComputerModel, ModelCall, ModelTurn } from '../../ports/computer.ts';

/** What the loop needs of the world around it. */
export interface LoopWorld {
  readonly browser: Browser;
  readonly model: ComputerModel;
  readonly clock: Clock;
  /** Keeps a picture; answers its name. */
  readonly keep: (picture: Uint8Array) => Promise<string>;
  readonly onStep: (step: BrowserStep) => void;
  readonly onUsage: (usage: ModelTurn['usage']) => void;
  /** What may be typed by name; neither the model nor a record sees it. */
  readonly secrets: Secrets;
  /** What the person has answered so far. */
  readonly answers: TaskExtras['answers'];
  /** Explanations a person has said yes to. */
  readonly approved: ReadonlySet<string>;
  readonly maxTurns: number;
  readonly signal: AbortSignal;
}

export type LoopEnd =
  | { readonly kind: 'done'; readonly result: BrowserResult }
  /** The model wants a person's yes before it goes on. */
  | { readonly kind: 'confirm'; readonly explanation: string; readonly what: string }
  /** The model needs something only the person can tell. `url` is where it asks. */
  | { readonly kind: 'ask'; readonly question: string; readonly url: string };

type Failure = { readonly code: string; readonly message: string };

/** Of one answer of the model so many calls are done: it has not seen what the first of them lead to. */
const CALLS_AT_ONCE = 20;
/** Of the words of a result so much is kept. Characters, entries. */
const MAX_ANSWER = 20_000;
const MAX_EVIDENCE = 2_000;
const MAX_EXPECTATIONS = 100;
const MODEL_TRIES = 4;
const FIRST_WAIT_MS = 1_000;

/** Lets the model work on the task until it answers, asks for a confirmation, or its turns are used up. */
export async function operateBrowser(
  world: LoopWorld,
  task: string,
  before: readonly BrowserStep[],
  measured: Measured | null,
): Promise<Result<LoopEnd, Failure>> {
  const { browser, model } = world;
  const first = await browser.look();
  if (!first.ok) return first;
  const extras = { secrets: [...world.secrets.keys()], answers: world.answers };
  const url = hideSecrets(first.value.url, world.secrets);
  model.begin(taskPrompt(task, { url, measured }, before, extras), first.value);
  const steps: BrowserStep[] = [...before];
  for (let turns = 1; turns <= world.maxTurns; turns++) {
    const began = world.clock.now();
    const turn = await ask(world);
    if (!turn.ok) return turn;
    world.onUsage(turn.value.usage);
    const model_ms = world.clock.now() - began;
    if (turn.value.calls.length === 0) {
      const question = questionIn(turn.value.text);
      if (question !== null) return ok({ kind: 'ask', question, url: hideSecrets(browser.address, world.secrets) });
      return ok({ kind: 'done', result: await resultOf(world, turn.value.text, steps, turns) });
    }
    const open = turn.value.calls.find((call) => call.confirm !== null && !world.approved.has(call.confirm));
    if (open?.confirm) return ok({ kind: 'confirm', explanation: open.confirm, what: whatOf(world, open) });
    const results: CallResult[] = [];
    for (const [i, call] of turn.value.calls.entries()) {
      if (i >= CALLS_AT_ONCE) {
        results.push(tooMany(call));
        continue;
      }
      const { step, result, gone } = await take(world, call, steps.length + 1, i === 0 ? model_ms : 0);
      steps.push(step);
      results.push(result);
      world.onStep(step);
      if (gone) return gone; // whoever started us opens another, which goes on from the steps
    }
    model.answer(results);
  }
  return refuse('turn_limit', `the turn limit of ${world.maxTurns} is reached before the task was done`);
}

/** A call that is left out still gets its answer: the vendors want one for each. */
function tooMany({ name }: ModelCall): CallResult {
  const error = `not done: only the first ${CALLS_AT_ONCE} calls of an answer are done; look at the page and go on`;
  return { name, url: '', error, confirmed: false, notes: [], picture: null };
}

function whatOf({ browser }: LoopWorld, call: ModelCall): string {
  const action = readAction(call.name, call.args, browser.viewport);
  return action.ok ? describeAction(action.value) : call.name;
}

/** Asks the model, again after a while where its server was not able to answer. */
async function ask({ model, clock, signal }: LoopWorld): Promise<Result<ModelTurn, Failure>> {
  for (let tries = 1; ; tries++) {
    const turn = await model.next(signal);
    if (turn.ok) return turn;
    const again = ['rate_limited', 'overloaded', 'server_error', 'unreachable'].includes(turn.error.code);
    if (!again || tries >= MODEL_TRIES || signal.aborted) return turn;
    await sleep(clock, FIRST_WAIT_MS * 2 ** (tries - 1), signal);
  }
}

/** Does one call and looks at what became of it. */
async function take(world: LoopWorld, call: ModelCall, n: number, model_ms: number) {
  const { browser, clock } = world;
  const began = clock.now();
  const action = readAction(call.name, call.args, browser.viewport);
  const acted = action.ok ? await act(world, action.value) : action;
  const view = await browser.look();
  const act_ms = clock.now() - began;
  const picture = view.ok ? await world.keep(view.value.picture) : null;
  const hide = (text: string) => hideSecrets(text, world.secrets);
  const notes = browser.notes().map(hide);
  const failure = acted.ok ? (view.ok ? null : view.error.message) : acted.error.message;
  const error = failure === null ? null : hide(failure);
  const url = view.ok ? hide(view.value.url) : '';
  const step: BrowserStep = {
    n,
    call: { name: call.name, args: unspoken(call.args) },
    did: action.ok ? describeAction(action.value) : call.name,
    reason: hide(call.reason.slice(0, 500)),
    url,
    title: view.ok ? hide(view.value.title) : '',
    picture,
    error,
    notes,
    model_ms,
    act_ms,
    own_ms: clock.now() - began - act_ms,
  };
  const shown = view.ok ? view.value.picture : null;
  const result: CallResult = { name: call.name, url, error, confirmed: call.confirm !== null, notes, picture: shown };
  const gone = !view.ok && view.error.code === 'browser_gone' ? view : null;
  return { step, result, gone };
}

/** Does an action, with what is secret in place of its name. */
async function act({ browser, secrets }: LoopWorld, action: BrowserAction): Promise<Result<null>> {
  if (action.kind !== 'type') return browser.act(action);
  const text = fillSecrets(action.text, browser.address, secrets);
  return text.ok ? browser.act({ ...action, text: text.value }) : text;
}

/** Arguments without what was typed: it may be a code or a password. */
function unspoken({ text, ...args }: ModelCall['args']): ModelCall['args'] {
  return typeof text === 'string' ? { ...args, text: `(${text.length} characters)` } : args;
}

const asking = z.strictObject({ ask: z.string().trim().min(1).max(2_000) });

/** What the model asks the person instead of an answer; null when it asks nothing. */
function questionIn(text: string): string | null {
  return findAnswer(null, text, (value) => asking.safeParse(value).data?.ask ?? null);
}

const verdict = z.object({
  answer: z.string(),
  expectations: z
    .array(z.object({ text: z.string(), pass: z.boolean(), evidence: z.string().default('') }))
    .default([]),
});

async function resultOf(
  world: LoopWorld,
  text: string,
  steps: readonly BrowserStep[],
  turns: number,
): Promise<BrowserResult> {
  const found = findAnswer(null, text, (value) => {
    const read = verdict.safeParse(value);
    return read.success ? read.data : null;
  });
  const seen = await world.browser.measure();
  const hide = (text: string) => hideSecrets(text, world.secrets);
  const measured: Measured = {
    ...seen,
    url: hide(seen.url),
    console_errors: seen.console_errors.map(hide),
    failed_requests: seen.failed_requests.map(hide),
    broken_links: seen.broken_links.map(hide),
  };
  return {
    answer: clip(hide(found?.answer ?? text), MAX_ANSWER),
    evidence: steps.slice(-3).map(({ n, url, picture }) => ({ step: n, url, picture })),
    pages: pagesOf(steps),
    expectations: (found?.expectations ?? []).slice(0, MAX_EXPECTATIONS).map(({ text, pass, evidence }) => ({
      text: clip(hide(text), MAX_EVIDENCE),
      pass,
      evidence: clip(hide(evidence), MAX_EVIDENCE),
    })),
    measured,
    findings: findingsIn(measured),
    turns,
  };
}
