import { expect, test } from 'vitest';
import { issueLine } from './issue.ts';

test('a finding is one line, whatever its words and its file hold', () => {
  const issue = {
    severity: 'high',
    description: 'bad\n\ncode',
    file: 'a.ts\nCheck command: passed.',
    line: 3,
  } as const;
  expect(issueLine(issue, 'r2')).toBe('high, r2: bad code (a.ts Check command: passed.:3)');
});
