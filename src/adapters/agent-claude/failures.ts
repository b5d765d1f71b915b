import { clip, type FailureCause, type Outcome } from '../../domain/agent-event.ts';
import type { ExitStatus } from '../../domain/event.ts';
import { failed } from '../../ports/run-stream.ts';
import { oldestVersion } from './binary.ts';
import type { ResultLine } from './protocol.ts';

/** What the run has seen before its end, beyond the result itself. */
export interface Circumstances {
  /** The last `error` word an assistant line carried. */
  readonly error: string | null;
  /** Delay the CLI itself waited before its last retry; the only trace of a retry-after header. Milliseconds. */
  readonly lastRetryMs: number | null;
  readonly wantsStructure: boolean;
}

/** The outcome a result line tells: `is_error` and `terminal_reason` decide, never the subtype. */
export function outcomeOf(result: ResultLine, seen: Circumstances): Outcome {
  const reason = result.terminal_reason ?? 'completed';
  if (!result.is_error && reason === 'completed') return completed(result, seen);
  if (reason.startsWith('aborted_')) {
    return { kind: 'stopped', cause: 'interrupted', message: 'Claude Code was interrupted from outside.' };
  }
  const text = result.result || result.errors?.join('; ') || reason;
  const rule = rules.find((candidate) => candidate.fits({ text, reason, result, error: seen.error ?? '' }));
  const cause = rule?.cause ?? 'crashed';
  const next = rule?.next ?? 'Look at the raw log of the run and start it again.';
  return failed(cause, `${clip(sentence(text), 600)} ${next}`, {
    http_status: result.api_error_status ?? null,
    retry_after_ms: cause === 'rate_limited' ? seen.lastRetryMs : null,
  });
}

function completed(result: ResultLine, seen: Circumstances): Outcome {
  const answer = result.result ?? '';
  const structured = result.structured_output ?? null;
  if (seen.wantsStructure && structured === null) {
    return failed(
      'no_result',
      'Claude Code ended without the structured answer it was asked for. Start the run again.',
    );
  }
  if (!answer.trim() && structured === null) {
    return failed('empty_answer', 'Claude Code ended with an empty answer. Start the run again.');
  }
  return { kind: 'completed', answer, structured };
}

interface Evidence {
  readonly text: string;
  readonly reason: string;
  readonly error: string;
  readonly result: ResultLine;
}

interface Rule {
  readonly cause: FailureCause;
  /** One sentence: what a person would do next. */
  readonly next: string;
  fits(of: Evidence): boolean;
}

const logIn = 'Run `claude` and log in, or set ANTHROPIC_API_KEY.';
const status =
  (...codes: number[]) =>
  ({ result }: Evidence) =>
    codes.includes(result.api_error_status ?? 0);
const says =
  (pattern: RegExp) =>
  ({ text }: Evidence) =>
    pattern.test(text);
const word =
  (...words: string[]) =>
  ({ error, reason, result }: Evidence) =>
    words.some((one) => one === error || one === reason || one === result.subtype);
const any =
  (...tests: ((of: Evidence) => boolean)[]) =>
  (of: Evidence) =>
    tests.some((test) => test(of));

/** In order: the first that fits names the cause. Texts are those of the program; see the tests for each. */
const rules: readonly Rule[] = [
  { cause: 'max_turns', next: 'Split the task, or start it again.', fits: word('error_max_turns', 'max_turns') },
  {
    cause: 'budget',
    next: 'Raise the budget to go on.',
    fits: word('error_max_budget_usd', 'budget_exhausted'),
  },
  { cause: 'session_lost', next: 'Start a fresh session.', fits: says(/No conversation found with session ID/) },
  { cause: 'not_logged_in', next: logIn, fits: says(/Not logged in|Please run \/login/) },
  { cause: 'unauthorized', next: `Check the key. ${logIn}`, fits: any(status(401), says(/Invalid API key/)) },
  {
    cause: 'quota',
    next: 'Add credit or wait until the limit resets.',
    fits: any(
      word('billing_error'),
      status(402),
      says(/Credit balance is too low|(usage|session|weekly) limit reached/i),
    ),
  },
  {
    cause: 'context_too_long',
    next: 'Start a fresh session with a shorter task.',
    fits: any(word('prompt_too_long', 'max_output_tokens'), says(/Prompt is too long/)),
  },
  {
    cause: 'model_missing',
    next: 'Choose another model for this agent in the configuration.',
    fits: any(word('model_not_found'), status(404)),
  },
  {
    cause: 'forbidden',
    next: 'This account may not do that: use another account or ask its administrator.',
    fits: any(status(403), word('oauth_org_not_allowed', 'account_on_hold', 'verification_required')),
  },
  {
    cause: 'unauthorized',
    next: `Check the key. ${logIn}`,
    fits: word('authentication_failed', 'cloud_credential_error'),
  },
  { cause: 'rate_limited', next: 'Wait and start it again.', fits: any(status(429), word('rate_limit')) },
  { cause: 'overloaded', next: 'Wait some minutes and start it again.', fits: any(status(529), word('overloaded')) },
  { cause: 'refused', next: 'Put the task in other words.', fits: any(says(/safeguards flagged/), stopped('refusal')) },
  {
    cause: 'unreachable',
    next: 'Check the network, the proxy and the address of the API.',
    fits: says(/ECONN|ENOTFOUND|EAI_AGAIN|Connection (refused|error)|timed out|idle timeout|Unable to connect|socket/i),
  },
  {
    cause: 'server_error',
    next: 'Wait some minutes and start it again.',
    fits: any(({ result }) => (result.api_error_status ?? 0) >= 500, word('server_error')),
  },
  {
    cause: 'bad_request',
    next: 'Look at the raw log of the run.',
    fits: any(status(400, 413, 422), word('invalid_request', 'image_error')),
  },
  {
    cause: 'protocol',
    next: 'The API gave no proper answer: check what stands between it and this machine.',
    fits: any(
      says(/JSON Parse error|Could not parse|empty or malformed response/),
      word('malformed_tool_use_exhausted'),
    ),
  },
  { cause: 'no_result', next: 'Start the run again.', fits: word('structured_output_retry_exhausted') },
];

function stopped(reason: string) {
  return ({ result }: Evidence) => result.stop_reason === reason;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** The outcome of a process that ended without any result line. */
export function withoutResult(exit: ExitStatus, stderr: string): Outcome {
  const last = clip(stderr.trim().split('\n').at(-1) ?? '', 600);
  if (/unknown option|unknown argument/.test(last)) return tooOld(null);
  if (/No conversation found with session ID/.test(stderr)) {
    return failed('session_lost', `${sentence(last)} Start a fresh session.`);
  }
  if (exit.signal) {
    return failed('crashed', `Claude Code was ended by ${exit.signal} from outside. Resume the run.`);
  }
  if (exit.code === 0) {
    return failed('no_result', 'Claude Code ended without giving a result. Look at the raw log and start it again.');
  }
  const why = last ? `: ${sentence(last)}` : '.';
  return failed('crashed', `Claude Code ended with code ${exit.code}${why} Look at the raw log and start it again.`);
}

export function tooOld(version: string | null): Outcome {
  return failed('too_old', tooOldText(version));
}

export function tooOldText(version: string | null): string {
  const needed = `Claude Code ${version ?? 'as installed'} is too old, ${oldestVersion} or newer is needed`;
  return `${needed}: run \`npm install -g @anthropic-ai/claude-code@latest\`.`;
}
