import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { matchRecovery, readPatterns, waitNamedIn } from './pattern.ts';

const folder = join(import.meta.dirname, '../../../recovery');
const troubles = readdirSync(folder).flatMap((file) => {
  const read = readPatterns(file, JSON.parse(readFileSync(join(folder, file), 'utf8')));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
});
const noon = Date.UTC(2026, 10, 21, 12);
const match = (agent: string, words: string) => matchRecovery(troubles, agent, words, noon);

test.each([
  [
    'gemini',
    'Path must be within one of the workspace directories: /a',
    'gemini_permissions',
    'relaunched_with_directories',
  ],
  [
    'gemini',
    'File path must be within one of the workspace directories',
    'gemini_permissions',
    'relaunched_with_directories',
  ],
  [
    'gemini',
    'Path not in workspace: Attempted path "/x" resolves outside the allowed workspace directories: /ws',
    'gemini_permissions',
    'relaunched_with_directories',
  ],
  ['gemini', 'Permission denied', 'generic_permission', 'user_intervention_required'],
  ['gemini', 'Authentication required', 'gemini_no_login', 'user_intervention_required'],
  [
    'gemini',
    'Gemini CLI is not running in a trusted directory. To proceed, either use `--skip-trust`',
    'gemini_untrusted',
    'relaunched_with_skip_flag',
  ],
  [
    'gemini',
    '[API Error: You have exhausted your daily quota on this model.]',
    'gemini_daily_quota',
    'user_intervention_required',
  ],
  [
    'codex',
    'Not inside a trusted directory and --skip-git-repo-check was not specified.',
    'codex_git_check',
    'relaunched_with_skip_flag',
  ],
  ['codex', 'Repository check failed', 'codex_git_check', 'relaunched_with_skip_flag'],
  [
    'codex',
    'fatal: not a git repository (or any of the parent directories): .git',
    'codex_git_check',
    'relaunched_with_skip_flag',
  ],
  ['codex', 'Permission denied', 'generic_permission', 'user_intervention_required'],
  [
    'codex',
    'Error: thread/resume: thread/resume failed: no rollout found for thread id 01a (code -32600)',
    'codex_session_missing',
    'relaunched_fresh',
  ],
  ['codex', "error: unexpected argument '--full-auto' found", 'codex_flags', 'user_intervention_required'],
  ['codex', 'exceeded retry limit, last status: 429 Too Many Requests', 'rate_limit', 'waited_and_resumed'],
  ['claude', 'Permission denied', 'generic_permission', 'user_intervention_required'],
  ['claude', 'Access blocked', 'claude_access', 'user_intervention_required'],
  ['claude', 'Not logged in · Please run /login', 'claude_no_login', 'user_intervention_required'],
  ['claude', 'API Error: Request rejected (429) · stub 429', 'claude_rate_limit', 'waited_and_resumed'],
  ['claude', 'No conversation found with session ID: x', 'claude_session_missing', 'relaunched_fresh'],
  ['claude', "There's an issue with the selected model (x).", 'claude_model', 'relaunched_with_fallback_model'],
  ['mine', 'connect ECONNREFUSED 127.0.0.1:1', 'network_refused', 'waited_and_resumed'],
])('%s saying “%s” is recognised', (agent, words, id, action) => {
  expect(match(agent, words)).toMatchObject({ id, action, agent });
});

test('one agent’s trouble is not looked for in another’s words', () => {
  expect(match('claude', 'Not inside a trusted directory')).toBeNull();
  expect(match('claude', 'all tests pass, review complete')).toBeNull();
});

test('a wait lasts as long as the text says, else as long as the pattern says', () => {
  expect(match('codex', 'You’ve hit your usage limit. Visit https://x or try again at 1:30 PM.')?.wait_ms).toBe(
    5_400_000,
  );
  expect(match('codex', 'You’ve hit your usage limit.')?.wait_ms).toBe(3_600_000);
  expect(waitNamedIn('Please retry in 2s.', noon)).toBe(2_000);
  expect(waitNamedIn('retry-after: 30', noon)).toBe(30_000);
  expect(waitNamedIn('resets in 5 minutes', noon)).toBe(300_000);
  expect(waitNamedIn('try again at 8:33 AM', noon)).toBe(20.55 * 3_600_000);
  expect(waitNamedIn('nothing', noon)).toBeNull();
});

test('hostile words are judged in linear time and only by their end', () => {
  const words = `${'a'.repeat(5_000_000)} session ${'x '.repeat(50_000)}`;
  const before = performance.now();
  expect(match('gemini', words)).toBeNull();
  expect(performance.now() - before).toBeLessThan(5_000);
});

test.each([
  [{ agent: 'x' }, 'x.json: patterns: '],
  [
    {
      agent: 'x',
      patterns: [{ id: 'a', type: 't', pattern: '(?=look)', cure: 'relaunch', action: 'a', tries: 1, text: 't' }],
    },
    'pattern "a"',
  ],
  [
    { agent: 'x', patterns: [{ id: 'a', type: 't', pattern: 'x', cure: 'pray', action: 'a', tries: 1, text: 't' }] },
    'patterns.0.cure',
  ],
])('a broken file of patterns is refused with its place: %#', (data, place) => {
  const read = readPatterns('x.json', data);
  expect(read.ok ? '' : read.error.message).toContain(place);
});
