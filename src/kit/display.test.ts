import { expect, test } from 'vitest';
import { cell, columns, cut, visible } from './display.ts';

test('what would steer a terminal is shown instead', () => {
  expect(visible('\x1b[2J\x07\x9b1m\u202e\u061ca\ud800')).toBe('\\x1b[2J\\x07\\x9b1m\\u202e\\u61ca\ufffd');
  expect(visible('two\nlines\tand all')).toBe('two lines and all');
});

test('wide characters take two columns, combining ones none', () => {
  expect(columns('ab')).toBe(2);
  expect(columns('漢字')).toBe(4);
  expect(columns('✅')).toBe(2);
  expect(columns('e\u0301\u200b')).toBe(1);
});

test.each([
  ['short', 10, 'short'],
  ['exactly ten', 11, 'exactly ten'],
  ['too long a text', 8, 'too lon…'],
  ['漢字漢字', 6, '漢字…'],
  ['漢字漢字', 8, '漢字漢字'],
  ['any', 0, ''],
])('%j in %i columns', (text, width, expected) => {
  expect(cut(text, width)).toBe(expected);
});

test('a text of characters without width has an end', () => {
  expect(cut('\u0301'.repeat(1_000_000), 10).length).toBeLessThan(100);
});

test('a cell has its width, whatever is in it', () => {
  for (const text of ['', 'a', '漢', '漢字漢字漢字']) expect(columns(cell(text, 5))).toBe(5);
});
