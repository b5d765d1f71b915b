import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { matchRecovery, readPatterns, type Words } from './pattern.ts';
import { waitNamedIn } from './wait.ts';

const folder = join(import.meta.dirname, '../../../recovery');
const troubles = readdirSync(folder).flatMap((file) => {
  const read = readPatterns(file, JSON.parse(readFileSync(join(folder, file), 'utf8')));
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
});
const noon = Date.UTC(2026, 10, 21, 12);
const silence: Words = { cause: null, message: '', stderr: '', version: null };
const hear = (agent: string, words: Partial<Words>, retryAfterMs: number | null = null) =>
  matchRecovery(troubles, agent, { ...silence, ...words }, noon, retryAfterMs);
const match = (agent: string, message: string) => hear(agent, { message });

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

const hour = 3_600_000;
test.each([
  ["You've hit your session limit · resets 3pm (Europe/Berlin)", 3 * hour],
  ["You've hit your weekly limit · resets Nov 24, 3am", 63 * hour],
  ['try again at Nov 25th, 2026 8:30 AM.', 92.5 * hour],
  ['try again at Jan 1st 1:00 AM', (40 * 24 + 13) * hour],
  ['try again in 3 days 4 hours 12 minutes.', (76 * 60 + 12) * 60_000],
  ['Your quota will reset after 17h3m12.5s.', 17 * hour + 3 * 60_000 + 12_500],
  ['Access resets at 3:45 PM PST.', 3.75 * hour],
  ['"retryDelay":"34s"', 34_000],
  ['Please retry in 800ms', 800],
  ['resets at 12:30', 0.5 * hour],
  ['resets at 99:99', null],
  ['the limit resets on 7', null],
])('“%s” names its wait', (text, ms) => {
  expect(waitNamedIn(text, noon)).toBe(ms);
});

test('a trouble is looked for only where it shows: what a tool answered is no reason of the run’s end', () => {
  expect(hear('gemini', { tool: 'bash: /etc/shadow: Permission denied' })).toBeNull();
  const outside = 'Path not in workspace: Attempted path "/w/o" resolves outside the allowed workspace directories: /t';
  expect(hear('gemini', { tool: outside })).toMatchObject({ id: 'gemini_permissions', where: 'tool' });
  expect(hear('codex', { notice: 'could not create PATH aliases' })).toMatchObject({ where: 'notice' });
});

test('where no words are known, the cause of the outcome is', () => {
  expect(hear('mine', { cause: 'rate_limited', message: 'slow down' })).toMatchObject({ id: 'rate_limit' });
  expect(hear('claude', { cause: 'hung', message: 'no sign of life' })).toMatchObject({ id: 'hung', cure: 'relaunch' });
  expect(hear('mine', { message: 'hung' })).toBeNull();
});

test('a wait that the outcome tells goes before one in the words', () => {
  expect(hear('mine', { cause: 'rate_limited', message: 'retry in 2s' }, 9_000)?.wait_ms).toBe(9_000);
  expect(hear('mine', { cause: 'rate_limited', stderr: 'retry in 2s' })?.wait_ms).toBe(2_000);
  expect(hear('mine', { cause: 'rate_limited' }, -5)?.wait_ms).toBe(0);
});

test('a pattern of some versions is not looked for in others, and in an unknown one to be sure', () => {
  const data = { agent: 'x', patterns: [{ ...odd, versions: '>=0.63 <0.151' }] };
  const read = readPatterns('x.json', data);
  const known = read.ok ? read.value : [];
  const seen = (version: string | null) =>
    matchRecovery(known, 'x', { ...silence, message: 'odd', version }, noon, null)?.id ?? null;
  expect(['0.62.9', '0.63', '0.150.9', '0.151.0', '1', 'codex 0.100', null].map(seen)).toEqual([
    null,
    'odd',
    'odd',
    null,
    null,
    'odd',
    'odd',
  ]);
});

test('hostile words are judged in linear time and only by their end', () => {
  const words = `${'a'.repeat(5_000_000)} session ${'x '.repeat(50_000)}`;
  const before = performance.now();
  expect(match('gemini', words)).toBeNull();
  expect(performance.now() - before).toBeLessThan(5_000);
});

const odd = { id: 'odd', type: 'T', pattern: 'odd', cure: 'relaunch', action: 'a', tries: 1, text: 't' };
test.each([
  [{ agent: 'x', patterns: [odd, odd] }, 'its id is taken'],
  [{ agent: 'x', patterns: [{ ...odd, versions: 'new' }] }, 'versions: expected a range'],
  [{ agent: 'x', patterns: [{ ...odd, where: ['brain'] }] }, 'patterns.0.where.0'],
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
