import { describe, expect, it } from 'vitest';
import { type Circumstances, outcomeOf, withoutResult } from './failures.ts';
import { type ResultLine, resultLine } from './protocol.ts';

const calm: Circumstances = { error: null, lastRetryMs: null, wantsStructure: false };

function result(more: object): ResultLine {
  return resultLine.parse({
    type: 'result',
    subtype: 'success',
    is_error: true,
    terminal_reason: 'api_error',
    ...more,
  });
}

describe('the cause of a failed result', () => {
  it.each([
    [
      { subtype: 'error_max_turns', terminal_reason: 'max_turns', errors: ['Reached maximum number of turns (3)'] },
      null,
      'max_turns',
    ],
    [{ subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted' }, null, 'budget'],
    [{ result: 'Not logged in · Please run /login' }, 'authentication_failed', 'not_logged_in'],
    [
      { result: 'Invalid API key · Fix external API key', api_error_status: 401 },
      'authentication_failed',
      'unauthorized',
    ],
    [
      { result: 'OAuth token has expired · Please run /login', api_error_status: 401 },
      'authentication_failed',
      'not_logged_in',
    ],
    [
      { result: 'Failed to authenticate. API Error: 403 no access', api_error_status: 403 },
      'authentication_failed',
      'forbidden',
    ],
    [{ result: 'Claude usage limit reached.', api_error_status: 429 }, 'rate_limit', 'quota'],
    [
      { result: 'Prompt is too long', terminal_reason: 'prompt_too_long', api_error_status: 400 },
      'invalid_request',
      'context_too_long',
    ],
    [{ result: 'Request timed out. If the API is slow …' }, 'unknown', 'unreachable'],
    [{ result: 'API Error: Stream idle timeout - no chunks received' }, 'unknown', 'unreachable'],
    [{ result: 'something never seen' }, null, 'crashed'],
  ])('%j is named', (more, error, cause) => {
    expect(outcomeOf(result(more), { ...calm, error })).toMatchObject({ kind: 'failed', cause });
  });

  it('the wait of the last retry is told for a rate limit only', () => {
    const seen = { ...calm, lastRetryMs: 2_500 };
    expect(outcomeOf(result({ api_error_status: 429 }), seen)).toMatchObject({ retry_after_ms: 2_500 });
    expect(outcomeOf(result({ api_error_status: 500 }), seen)).toMatchObject({ retry_after_ms: null });
  });

  it('an interrupt that was not ours is a stop, not a failure', () => {
    expect(outcomeOf(result({ terminal_reason: 'aborted_tools' }), calm)).toMatchObject({
      kind: 'stopped',
      cause: 'interrupted',
    });
  });

  it('a result without error that did not complete is no success', () => {
    const hooked = result({ is_error: false, terminal_reason: 'hook_stopped', result: '' });
    expect(outcomeOf(hooked, calm)).toMatchObject({ kind: 'failed' });
  });
});

describe('an end without a result', () => {
  it('a flag the program does not know means that it is too old', () => {
    expect(withoutResult({ code: 1, signal: null }, "error: unknown option '--tools'\n")).toMatchObject({
      cause: 'too_old',
    });
  });

  it('a signal from outside is told by its name', () => {
    expect(withoutResult({ code: null, signal: 'SIGKILL' }, '')).toMatchObject({
      cause: 'crashed',
      message: expect.stringContaining('SIGKILL'),
    });
  });
});
