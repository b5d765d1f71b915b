import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openChromium } from '../../adapters/browser-chromium/browser.ts';
import { findChromium, howToInstall } from '../../adapters/browser-chromium/find.ts';
import { AnthropicComputer } from '../../adapters/computer-anthropic/model.ts';
import { GeminiComputer } from '../../adapters/computer-gemini/model.ts';
import { OpenAiComputer } from '../../adapters/computer-openai/model.ts';
import { findingsIn, type Measured } from '../../domain/browser/measure.ts';
import { keyOf, providers } from '../../domain/browser/provider.ts';
import type { Secrets } from '../../domain/browser/secret.ts';
import {
  addressIn,
  type BrowserResult,
  type BrowserStep,
  isValidation,
  measuredAnswer,
} from '../../domain/browser/task.ts';
import { systemClock } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Browser, ComputerModel } from '../../ports/computer.ts';
import { operateBrowser } from '../../runtime/browser/loop.ts';
import { BrowserFolder, type BrowserState } from './folder.ts';
import { type BrowserSettings, browserSettings } from './settings.ts';
import { writeSheet } from './sheet.ts';

const APPROVE = 'approve';

type Env = Readonly<Record<string, string | undefined>>;

function say(type: string, payload: unknown): void {
  process.stdout.write(`${JSON.stringify({ type, payload })}\n`);
}

/**
 * The browser agent: a program of the events protocol. Its task comes on stdin; what it has done lies in its folder, so
 * that a new run goes on where the last one was, in a new browser.
 * @returns the exit code; what went wrong stands on stderr in one line
 */
export async function main(env: Env = process.env): Promise<number> {
  const settings = browserSettings.safeParse(JSON.parse(process.argv[2] ?? '{}'));
  if (!settings.success)
    return complain(`the settings of the browser agent are wrong: ${settings.error.issues[0]?.message}`);
  const folder = new BrowserFolder(join(env.TUTTI_FOLDER ?? env.TMPDIR ?? tmpdir(), 'browser'));
  await folder.open();
  const prompt = (await text(process.stdin)).trim();
  const session = env.TUTTI_RESUME ?? randomUUID();
  say('session', { session });
  const state = takenUp(await folder.state(), env.TUTTI_RESUME !== undefined, prompt);
  if (state === 'declined') return finish(folder, prompt, declined());
  await folder.keepState({ ...state, asked: null });
  const done = await work(settings.data, folder, state, env);
  if (!done.ok) return complain(done.error.message);
  return done.value ? finish(folder, state.task, done.value) : 0;
}

function complain(message: string): number {
  process.stderr.write(`${message.replace(/\s+/g, ' ')}\n`);
  return 1;
}

/** The state to go on from: that of the earlier run with the answer to its question, else a new one for the task. */
function takenUp(before: BrowserState | null, resumed: boolean, prompt: string): BrowserState | 'declined' {
  if (!before || !resumed) return { task: prompt, start: addressIn(prompt), approved: [], asked: null, answers: [] };
  const { asked } = before;
  if (asked === null) return before;
  const answer = /the answer:\s*([\s\S]*)$/i.exec(prompt)?.[1]?.trim() ?? prompt;
  if (asked.kind === 'ask') {
    return { ...before, answers: [...before.answers, { question: asked.text, answer }], asked: null };
  }
  const isYes = /^(approve|yes|ok|allow|do it)\b/i.test(answer);
  return isYes ? { ...before, approved: [...before.approved, asked.text], asked: null } : 'declined';
}

function declined(): BrowserResult {
  const answer = 'Stopped: the person did not approve what was to be done next.';
  return { answer, evidence: [], pages: [], expectations: [], measured: null, findings: [], turns: 0 };
}

async function finish(folder: BrowserFolder, task: string, result: BrowserResult): Promise<number> {
  const report = await writeSheet(folder, task, result);
  say('result', { text: result.answer, data: { ...result, report } });
  return 0;
}

async function work(
  settings: BrowserSettings,
  folder: BrowserFolder,
  state: BrowserState,
  env: Env,
): Promise<Result<BrowserResult | null>> {
  const program = findChromium(settings.bin ?? undefined, env);
  if (!program) return refuse('no_browser', `no Chromium, Chrome or Edge was found: ${howToInstall()}`);
  const rules = { hosts: settings.hosts, privateHosts: settings.privateHosts, jobHosts: env.TUTTI_HOSTS?.split(' ') };
  const opened = await openChromium({
    program,
    folder: folder.path,
    viewport: providers[settings.provider].viewport,
    rules,
    headless: settings.headless,
    env: browserEnv(env, Object.keys(settings.secrets)),
  });
  if (!opened.ok) return opened;
  await using browser = opened.value;
  const before = await folder.steps();
  const start = before.at(-1)?.url || state.start || settings.startUrl;
  const measured = start ? await goTo(browser, start) : ok(null);
  if (!measured.ok) return measured;
  const key = settings.key ?? keyOf(settings.provider, env);
  if (!key) return withoutModel(settings, state.task, measured.value);
  const secrets = secretsOf(settings, env);
  return await operate(settings, folder, state, { browser, before, measured: measured.value, key, secrets });
}

/** The secrets whose variables are set. */
function secretsOf(settings: BrowserSettings, env: Env): Secrets {
  const known = Object.entries(settings.secrets).flatMap(([name, hosts]) => {
    const value = env[name];
    return value ? [[name, { value, hosts }] as const] : [];
  });
  return new Map(known);
}

/** Chromium puts a socket below its temporary folder, and the path of a socket has 103 bytes at most. */
const SOCKET = '/org.chromium.Chromium.XXXXXX/SingletonSocket';
const SOCKET_PATH_MAX = 103;

/** The browser needs a home and its marks; no key of any model. A temporary folder too deep for it gives way to the system's. */
function browserEnv(env: Env, secrets: readonly string[]): Record<string, string> {
  const isOpen = (name: string) => !/KEY|TOKEN|SECRET|PASSWORD/i.test(name) && !secrets.includes(name);
  const kept = Object.entries(env).filter(([name]) => isOpen(name));
  const isDeep = Buffer.byteLength(`${env.TMPDIR ?? ''}${SOCKET}`) > SOCKET_PATH_MAX;
  const shown = isDeep ? [...kept, ['TMPDIR', '/tmp'] as const] : kept;
  return Object.fromEntries(shown.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

async function goTo(browser: Browser, url: string): Promise<Result<Measured | null>> {
  const gone = await browser.act({ kind: 'navigate', url });
  if (!gone.ok) return refuse('page_failed', `${url} could not be opened: ${gone.error.message}`);
  return ok(await browser.measure());
}

/** Without a key only what can be measured is told, and that it is so. */
function withoutModel(
  { provider }: BrowserSettings,
  task: string,
  measured: Measured | null,
): Result<BrowserResult | null> {
  if (!measured || !isValidation(task))
    return refuse('no_key', `the browser agent has no key of its model: set ${providers[provider].keys[0]}`);
  const findings = findingsIn(measured);
  const answer = measuredAnswer(measured);
  const evidence = [{ step: 0, url: measured.url, picture: null }];
  return ok({ answer, evidence, pages: [measured.url], expectations: [], measured, findings, turns: 0 });
}

interface Place {
  readonly browser: Browser;
  readonly before: readonly BrowserStep[];
  readonly measured: Measured | null;
  readonly key: string;
  readonly secrets: Secrets;
}

function modelOf({ provider, model, url }: BrowserSettings, key: string): ComputerModel {
  const { model: usual, viewport: screen } = providers[provider];
  const options = { model: model ?? usual, key, url };
  switch (provider) {
    case 'gemini':
      return new GeminiComputer(options);
    case 'openai':
      return new OpenAiComputer({ ...options, screen });
    case 'anthropic':
      return new AnthropicComputer({ ...options, screen });
    default:
      return never(provider);
  }
}

/** Null when a question is asked: the run ends, and the answer begins the next. */
async function operate(
  settings: BrowserSettings,
  folder: BrowserFolder,
  state: BrowserState,
  { browser, before, measured, key, secrets }: Place,
): Promise<Result<BrowserResult | null>> {
  const writes: Promise<void>[] = [];
  const model = modelOf(settings, key);
  const end = await operateBrowser(
    {
      browser,
      model,
      clock: systemClock,
      keep: (picture) => folder.keepPicture(picture),
      onStep(step) {
        writes.push(folder.keepStep(step));
        const { call: _, ...data } = step; // what was typed may be secret
        say('progress', { text: `${step.n}. ${step.did}${step.reason ? `: ${step.reason}` : ''}`, data });
      },
      onUsage: ({ input, output }) =>
        say('usage', { data: { input_tokens: input ?? 0, output_tokens: output ?? 0, model: model.name } }),
      secrets,
      answers: state.answers,
      approved: new Set(state.approved),
      maxTurns: settings.maxTurns,
      signal: new AbortController().signal,
    },
    state.task,
    before,
    measured,
  );
  await Promise.all(writes);
  if (!end.ok) return end;
  if (end.value.kind === 'done') return ok(end.value.result);
  if (end.value.kind === 'ask') {
    const { question, url } = end.value;
    await folder.keepState({ ...state, asked: { kind: 'ask', text: question } });
    say('question', { text: `The browser agent asks, at ${url}: ${question}` });
    return ok(null);
  }
  const { explanation, what } = end.value;
  await folder.keepState({ ...state, asked: { kind: 'confirm', text: explanation } });
  const options = [
    { id: APPROVE, label: 'Approve' },
    { id: 'decline', label: 'Decline' },
  ];
  say('question', {
    text: `The browser agent wants to go on (${what}), and its model asks for your approval: ${explanation}`,
    data: { options },
  });
  return ok(null);
}
