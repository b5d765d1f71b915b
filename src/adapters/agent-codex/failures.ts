import { z } from 'zod';
import type { FailureCause, Outcome } from '../../domain/agent-event.ts';
import type { RpcError } from '../../kit/rpc.ts';
import { failed } from '../../ports/run-stream.ts';

/** The error of a turn. `codexErrorInfo` is a word, or one word with an HTTP status inside. */
export const turnError = z.looseObject({
  message: z.string(),
  codexErrorInfo: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  additionalDetails: z.string().nullish(),
});
export type TurnError = z.infer<typeof turnError>;

const words: Readonly<Record<string, FailureCause>> = {
  contextWindowExceeded: 'context_too_long',
  sessionBudgetExceeded: 'budget',
  usageLimitExceeded: 'quota',
  rateLimitExceeded: 'rate_limited',
  serverOverloaded: 'overloaded',
  flexUnavailable: 'overloaded',
  policyCapacityUnavailable: 'overloaded',
  modelNotFound: 'model_missing',
  internalServerError: 'server_error',
  unauthorized: 'unauthorized',
  badRequest: 'bad_request',
  sandboxError: 'sandbox',
  cyberPolicy: 'refused',
  misalignmentPolicyViolation: 'refused',
  inferenceHookDenied: 'refused',
  tooManyDenials: 'refused',
};

const texts: readonly (readonly [RegExp, FailureCause])[] = [
  [/Missing environment variable|not logged in|Authentication required/i, 'not_logged_in'],
  [/quota exceeded|usage limit|billing/i, 'quota'],
  [/at capacity|overloaded|high demand/i, 'overloaded'],
  [/rate limit/i, 'rate_limited'],
  [/context window/i, 'context_too_long'],
  [/model .*(not found|does not exist|not supported)|model_not_found/i, 'model_missing'],
  [/max_output_tokens|Incomplete response/i, 'no_result'],
  [/error sending request|Connection failed|stream disconnected|dns error/i, 'unreachable'],
];

const advice: Partial<Record<FailureCause, string>> = {
  unauthorized: 'OpenAI did not accept the key: run `codex login` and log in again',
  forbidden: 'OpenAI refused this account: check its rights and the model, then try again',
  not_logged_in: 'Codex is not logged in: run `codex` and log in',
  quota: 'the usage limit of the Codex account is reached: wait for its reset or raise it',
  rate_limited: 'OpenAI limits the rate of requests: try again later',
  overloaded: 'the model is at capacity: try again later or choose another model',
  server_error: 'OpenAI answered with an error of its own: try again later',
  unreachable: 'the model could not be reached: check the network and try again',
  context_too_long: 'the conversation no longer fits the model: start a new run with a smaller task',
  model_missing: 'the model does not exist for this account: choose another in the configuration',
  sandbox: 'Codex could not set up its sandbox: install bubblewrap and try again',
};

export function sentence(cause: FailureCause, detail: string): string {
  const said = detail.replace(/\s+/g, ' ').trim().slice(0, 300);
  const hint = advice[cause];
  if (!hint) return said || 'Codex failed without a reason: look at its raw log';
  return said ? `${hint} (${said})` : hint;
}

export function httpStatusOf(error: TurnError): number | null {
  const info = error.codexErrorInfo;
  const inside = typeof info === 'object' && info ? Object.values(info)[0] : null;
  const status = (inside as { httpStatusCode?: unknown } | null | undefined)?.httpStatusCode;
  if (typeof status === 'number') return status;
  const said = /(?:unexpected status|last status:?) (\d{3})/.exec(`${error.message} ${error.additionalDetails ?? ''}`);
  return said ? Number(said[1]) : null;
}

export function causeOfStatus(status: number): FailureCause {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'model_missing';
  if (status === 429) return 'rate_limited';
  if (status === 503 || status === 529) return 'overloaded';
  return status >= 500 ? 'server_error' : 'bad_request';
}

/** Milliseconds from texts such as "try again in 1.5s"; null when nothing is said. */
export function retryAfterMs(text: string): number | null {
  const said = /(?:try again|retry) in (\d+(?:\.\d+)?) ?(ms|s|m)/i.exec(text);
  if (!said) return null;
  const unit = { ms: 1, s: 1_000, m: 60_000 }[said[2]?.toLowerCase() ?? 's'] ?? 1_000;
  return Math.round(Number(said[1]) * unit);
}

export function outcomeOf(error: TurnError, retry_after_ms: number | null = null): Outcome {
  const http_status = httpStatusOf(error);
  const word = typeof error.codexErrorInfo === 'string' ? words[error.codexErrorInfo] : undefined;
  const text = `${error.message} ${error.additionalDetails ?? ''}`;
  const told = texts.find(([seen]) => seen.test(text))?.[1];
  const body = bodyMessage(error.message); // Codex hands on the bare body only for requests refused as wrong
  const cause = word ?? (http_status ? causeOfStatus(http_status) : told) ?? (body ? 'bad_request' : 'server_error');
  return failed(cause, sentence(cause, body ?? error.message), {
    http_status,
    retry_after_ms: retryAfterMs(text) ?? retry_after_ms,
  });
}

function bodyMessage(text: string): string | null {
  if (!text.startsWith('{')) return null;
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | null } | null;
    return typeof body?.error?.message === 'string' ? body.error.message : null;
  } catch {
    return null; // no body: the text stands for itself
  }
}

/** A refusal of a request of ours, before any turn ran. */
export function outcomeOfRefusal(step: string, error: RpcError): Outcome {
  if (/no rollout found|thread not found|invalid (?:thread|session) id|no such thread/i.test(error.message)) {
    return failed('session_lost', 'Codex no longer knows this session: start a new run without it');
  }
  if (/active writer/i.test(error.message)) {
    return failed('session_lost', 'another Codex process is using this session: end it, then try again');
  }
  const told = texts.find(([seen]) => seen.test(error.message))?.[1];
  return failed(told ?? 'protocol', sentence(told ?? 'protocol', `${step}: ${error.message}`));
}
