import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tutti-recorded-'));
afterAll(() => rmSync(folder, { recursive: true }));

function tutti(args: readonly string[], input = ''): string {
  const start = join(import.meta.dirname, '../../src/start.ts');
  return execFileSync(process.execPath, [start, ...args], { input, encoding: 'utf8' });
}

function check(protocol: string, lines: readonly string[]): unknown {
  const file = join(folder, `${protocol}.jsonl`);
  writeFileSync(file, lines.join('\n'));
  return JSON.parse(tutti(['stream', 'check', file, '--protocol', protocol]));
}

test('stream check counts events, malformed lines and bytes of each protocol', () => {
  const broken = ['prose', '[1]', '"x"', '{"no":"type"}', '{"type":3}', '{"type":"a"'];
  const good = ['{"type":"status","payload":{}}', '{"payload":{},"type":"new kind"}'];
  expect(check('events', [...good, '', ...broken])).toMatchObject({ events: 2, malformed: 6 });
  expect(check('events', ['x'.repeat(1_200_000), good[0] ?? ''])).toMatchObject({
    events: 1,
    malformed: 1,
    bytes: 1_200_031,
  });
  expect(check('claude', ['{"duration_api_ms":1,"type":"result"}', 'x'])).toMatchObject({ events: 1, malformed: 1 });
  expect(
    check('codex', [
      '{"id":1,"result":{}}',
      '{"method":"turn/started","params":{}}',
      '{"type":"thread.started"}',
      '{}',
    ]),
  ).toMatchObject({ events: 3, malformed: 1 });
  expect(check('acp', ['{"jsonrpc":"2.0","method":"session/update","params":{}}', '{"type":"x"}'])).toMatchObject({
    events: 1,
    malformed: 1,
  });
});

test('replay makes the decisions of a journal again, and tells where a decision is another one now', () => {
  const file = join(folder, 'journal.jsonl');
  const review = { type: 'review.requested', review: 'review_001', assignment: 'a', run: 'a.1', trigger: 'milestone' };
  const answer = { type: 'review.answered', review: 'review_001', run: 'r', summary: '', issues: [] };
  const decision = { type: 'decision.made', review: 'review_001', action: 'LOG_WARNING', reason: '', inputs: [] };
  const events = [
    { ...review, focus: '', report: '', touched: [], reviewers: ['codex', 'gemini'], commit: 'c' },
    { ...answer, reviewer: 'codex', verdict: 'concerns' },
    { ...answer, reviewer: 'gemini', verdict: 'approved' },
    decision,
  ];
  const write = (all: readonly object[]) =>
    writeFileSync(file, all.map((e, i) => JSON.stringify({ cursor: `1-${i + 1}`, at: 1, ...e })).join('\n'));
  write(events);
  expect(JSON.parse(tutti(['replay', file, '--json']))).toMatchObject([
    { cursor: '1-4', recorded: 'LOG_WARNING', same: true },
  ]);
  write(events.map((e) => (e === decision ? { ...e, action: 'CONTINUE' } : e)));
  expect(() => tutti(['replay', file])).toThrow(/Command failed/);
});

test('replay tells what became of the recoveries, beside the decisions or alone', () => {
  const file = join(folder, 'recovered.jsonl');
  const changes = { model: null, directories: [], skipTrustCheck: false };
  const run = (id: string) => {
    const about = { agent: 'codex', mode: 'work', assignment: 'a', review: null, resume: null, messages: [], changes };
    return { type: 'run.launching', run: id, ...about };
  };
  const ended = (id: string, outcome: object) => {
    const usage = { input_tokens: null, cached_tokens: null, output_tokens: null, cost_usd: null, model: null };
    return { type: 'run.ended', run: id, outcome, exit: null, usage, duration_ms: 1 };
  };
  const how = { action: 'waited_and_resumed', cure: 'wait_and_resume', status: 'started', retry_count: 1, tries: 5 };
  const about = {
    run: 'a.1',
    worker: 'codex',
    issue: 'RATE_LIMIT',
    pattern: 'rate_limit',
    wait_until: 5,
    fresh: false,
  };
  const events = [
    run('a.1'),
    ended('a.1', { kind: 'failed', cause: 'rate_limited', message: '429', http_status: 429, retry_after_ms: 1 }),
    { type: 'recovery.taken', ...about, ...how, changes, text: 'it waits.' },
    run('a.2'),
    ended('a.2', { kind: 'completed', answer: 'done', structured: null }),
  ];
  writeFileSync(file, events.map((e, i) => JSON.stringify({ cursor: `1-${i + 1}`, at: i, ...e })).join('\n'));
  expect(tutti(['replay', file])).toBe(
    'no decision was made in this job\nrecovery rate_limit (RATE_LIMIT): taken 1, cured 1\n',
  );
  expect(JSON.parse(tutti(['replay', file, '--json']))).toEqual([]);
  expect(JSON.parse(tutti(['replay', file, '--recoveries', '--json']))).toEqual([
    { pattern: 'rate_limit', issue: 'RATE_LIMIT', taken: 1, cured: 1, returned: 0, escalated: 0 },
  ]);
});

test('recover match tells the recovery as JSON, or null', () => {
  const found = JSON.parse(tutti(['recover', 'match', '--agent', 'codex'], 'Not inside a trusted directory'));
  expect(found).toMatchObject({ id: 'codex_git_check', cure: 'relaunch_with_skip_flag' });
  expect(JSON.parse(tutti(['recover', 'match', '--agent', 'codex'], 'all is well'))).toBeNull();
});
