import type { FailureCause, Outcome } from '../../domain/agent-event.ts';
import type { RpcError } from '../../kit/rpc.ts';
import { failed } from '../../ports/run-stream.ts';

const texts: readonly (readonly [RegExp, FailureCause])[] = [
  [
    /Authentication required|must specify the GEMINI_API_KEY|Invalid auth method|not logged in|login required/i,
    'not_logged_in',
  ],
  [/session .*not found|no previous sessions|invalid session|session not found|unknown session/i, 'session_lost'],
  [/daily quota|PerDay|billing|quota exceeded|exhausted your/i, 'quota'],
  [/RESOURCE_EXHAUSTED|rate limit/i, 'rate_limited'],
  [/UNAVAILABLE|overloaded/i, 'overloaded'],
  [/ECONNREFUSED|ENOTFOUND|fetch failed|EAI_AGAIN|ECONNRESET|socket hang up|network error/i, 'unreachable'],
  [/context (length|window)|token count .*exceeds/i, 'context_too_long'],
  [/is not found for API version/i, 'model_missing'], // told with status 500
  [/empty response|no text or thoughts/i, 'empty_answer'],
  [/blocked due to safety|SAFETY|prohibited/i, 'refused'],
  [/terminated|without a finish reason|malformed function call/i, 'server_error'],
];

function causeOfStatus(status: number): FailureCause {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'model_missing';
  if (status === 429) return 'rate_limited';
  if (status === 503 || status === 529) return 'overloaded';
  return status >= 500 ? 'server_error' : 'bad_request';
}

function advice(cause: FailureCause, agent: string): string | null {
  switch (cause) {
    case 'not_logged_in':
      return `${agent} is not logged in: run \`${agent}\` and log in`;
    case 'unauthorized':
      return `the model did not accept the key of ${agent}: run \`${agent}\` and log in again`;
    case 'forbidden':
      return `the model refused this account of ${agent}: check its rights, then try again`;
    case 'quota':
      return `the quota of ${agent} is used up: wait for its reset or choose another model`;
    case 'rate_limited':
      return `the model limits the rate of requests of ${agent}: try again later`;
    case 'overloaded':
      return `the model of ${agent} is overloaded: try again later or choose another model`;
    case 'server_error':
      return `the model of ${agent} answered with an error of its own: try again later`;
    case 'unreachable':
      return `${agent} could not reach its model: check the network and try again`;
    case 'model_missing':
      return `the model does not exist for ${agent}: choose another in the configuration`;
    case 'session_lost':
      return `${agent} no longer knows this session: start a new run without it`;
    default:
      return null;
  }
}

/** An error answer of the agent. HTTP statuses come as the error's code, or within its message. */
export function outcomeOfError(agent: string, step: string, error: RpcError): Outcome {
  const said = `${error.message} ${typeof error.data === 'string' ? error.data : JSON.stringify(error.data ?? '')}`;
  const status = statusOf(error.code, said);
  const told = texts.find(([seen]) => seen.test(said))?.[1];
  const cause = error.code === -32000 ? 'not_logged_in' : choose(status, told, step);
  const words = plain(error, said);
  const hint = advice(cause, agent);
  const message = hint ? `${hint} (${words})` : `${agent} refused ${step}: ${words}`;
  return failed(cause, message, {
    http_status: cause === 'unreachable' ? null : status,
    retry_after_ms: retryAfterMs(said),
  });
}

function choose(status: number | null, told: FailureCause | undefined, step: string): FailureCause {
  if (told === 'unreachable' || told === 'model_missing') return told;
  if (status === 429 && told === 'quota') return told;
  if (status === 404 && told === 'session_lost') return told;
  if (status !== null) return causeOfStatus(status);
  if (told) return told;
  if (step === 'session/load' || step === 'session/resume') return 'session_lost';
  return 'protocol';
}

function statusOf(code: number, said: string): number | null {
  if (code >= 400 && code < 600) return code;
  const inside = /"?(?:code|status)"?\s*[:=]?\s*"?(4\d\d|5\d\d)\b/.exec(said);
  return inside ? Number(inside[1]) : null;
}

/** Google's error bodies are JSON in a text; people want the sentence inside. */
function plain(error: RpcError, said: string): string {
  const inner = /\\?"message\\?":\s*\\?"((?:[^"\\]|\\.)*?)\\?"/.exec(said)?.[1];
  return (inner ?? error.message).replace(/\s+/g, ' ').trim().slice(0, 300);
}

function retryAfterMs(text: string): number | null {
  const said = /(?:retry in |retryDelay\\?":\s*\\?")(\d+(?:\.\d+)?)s/i.exec(text);
  return said ? Math.round(Number(said[1]) * 1_000) : null;
}
