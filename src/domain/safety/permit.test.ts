import { expect, test } from 'vitest';
import { isLooking, judge, type Wish } from './permit.ts';

const wish = (more: Partial<Wish>): Wish => ({
  mode: 'work',
  cwd: '/w/tree',
  writable: ['/w/tmp'],
  kind: 'edit',
  tool: 'Write',
  command: null,
  paths: [],
  ...more,
});

test.each([
  ['/w/tree/src/a.ts', 'allow'],
  ['/w/tmp/x', 'allow'],
  ['/w/tree2/a.ts', 'deny'],
  ['/w/tree/../other/a.ts', 'deny'],
  ['/etc/passwd', 'deny'],
  ['/w/tree/.git/hooks/pre-commit', 'deny'],
  ['/w/tree/.gitignore', 'allow'],
])('a worker who edits %s: %s', (path, verdict) => {
  expect(judge(wish({ paths: [path] })).verdict).toBe(verdict);
});

test('one path outside is enough to refuse an edit of several', () => {
  expect(judge(wish({ paths: ['/w/tree/a', '/etc/b'] })).verdict).toBe('deny');
});

test('reviewers and planners change nothing and run only commands that look', () => {
  for (const mode of ['review', 'plan'] as const) {
    expect(judge(wish({ mode, paths: ['/w/tree/a'] })).verdict).toBe('deny');
    expect(judge(wish({ mode, kind: 'command', command: 'git diff HEAD~1' })).verdict).toBe('allow');
    expect(judge(wish({ mode, kind: 'command', command: 'npm test' })).verdict).toBe('deny');
    expect(judge(wish({ mode, kind: 'read', paths: ['/w/tree/a'] })).verdict).toBe('allow');
  }
});

test.each([
  'git diff --stat',
  'git log -5 --oneline',
  'cat src/a.ts',
  'rg TODO src',
  "/bin/bash -lc 'git show HEAD'",
  'ls -la',
])('%s only looks', (command) => expect(isLooking(command)).toBe(true));

test.each([
  'cat a; rm b',
  'cat a && touch b',
  'cat a > b',
  'cat $(touch b)',
  'cat `touch b`',
  'git diff --output=x',
  'git -c core.pager=evil log',
  'git branch -D main',
  'git push',
  'rm a',
  '',
  'sudo cat a',
  'cat a\nrm b',
  "bash -c 'rm a'",
  'git diff --ext-diff',
  'git log --exec-path=/evil',
  'rg --pre evil x',
])('%s does more than look', (command) => expect(isLooking(command)).toBe(false));
