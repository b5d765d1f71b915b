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
  const decision = { type: 'decision.made', review: 'review_001', action: 'LOG_WARNING', reason: '' };
  const events = [
    { ...review, reviewers: ['codex', 'gemini'], commit: 'c' },
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

test('recover match tells the recovery as JSON, or null', () => {
  const found = JSON.parse(tutti(['recover', 'match', '--agent', 'codex'], 'Not inside a trusted directory'));
  expect(found).toMatchObject({ id: 'codex_git_check', cure: 'relaunch_with_skip_flag' });
  expect(JSON.parse(tutti(['recover', 'match', '--agent', 'codex'], 'all is well'))).toBeNull();
});
