import { expect, test } from 'vitest';
import { innerCommand } from './items.ts';
import { strictSchema } from './strict-schema.ts';

test('Every object is closed, every property required, and what was optional may be null', () => {
  const issue = { type: 'object', properties: { file: { anyOf: [{ type: 'string' }, { type: 'null' }] } } };
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: { verdict: { type: 'string' }, note: { type: 'string' }, issues: { type: 'array', items: issue } },
    required: ['verdict', 'issues'],
  };
  expect(strictSchema(schema)).toEqual({
    type: 'object',
    properties: {
      verdict: { type: 'string' },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      issues: { type: 'array', items: { ...issue, required: ['file'], additionalProperties: false } },
    },
    required: ['verdict', 'note', 'issues'],
    additionalProperties: false,
  });
});

test.each([
  [`/bin/bash -lc 'echo it'"'"'s'`, "echo it's"],
  [String.raw`/bin/bash -c 'echo it'\''s'`, "echo it's"],
  [String.raw`/usr/bin/zsh -lc "echo \"\$HOME\""`, 'echo "$HOME"'],
  ['/bin/bash -lc ls', 'ls'],
  ['bash -c ls -l', 'bash -c ls -l'],
  ['git status', 'git status'],
])('The command inside %s is %s', (shown, inside) => {
  expect(innerCommand(shown)).toBe(inside);
});
