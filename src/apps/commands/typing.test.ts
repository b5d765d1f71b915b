import { expect, test } from 'vitest';
import { type } from './typing.ts';

const after = (...chunks: readonly string[]) => chunks.reduce((typed, chunk) => type(typed.line, chunk), type('', ''));

test('keys make a line, and Enter sends it', () => {
  expect(after('b', 'lu', 'e')).toEqual({ line: 'blue', entered: null, interrupted: false });
  expect(after('blue', '\r')).toEqual({ line: '', entered: 'blue', interrupted: false });
  expect(after(' use “tabs” – 漢字 \n')).toMatchObject({ entered: 'use “tabs” – 漢字' });
});

test('an empty line is no answer', () => {
  expect(after('\r')).toMatchObject({ entered: null });
  expect(after('   \n')).toMatchObject({ line: '', entered: null });
});

test('Backspace takes back a character, however many bytes it has, and Ctrl-U the line', () => {
  expect(after('ab😀', '\x7f').line).toBe('ab');
  expect(after('\x7f\x7f').line).toBe('');
  expect(after('abc\x15d').line).toBe('d');
});

test('keys that write nothing are passed over', () => {
  expect(after('a\x1b[A\x1b[3~\x1bOP\x1b[1;5Cb\tc\x00\x04d').line).toBe('abcd');
});

test('what was pasted after an Enter answers no further question', () => {
  expect(after('yes\rno\rmaybe')).toEqual({ line: '', entered: 'yes', interrupted: false });
});

test('Ctrl-C is not part of an answer', () => {
  expect(after('ye', 's\x03')).toEqual({ line: '', entered: null, interrupted: true });
});

test('a line without end is cut', () => {
  expect(after('x'.repeat(10_000)).line).toHaveLength(2_000);
});
