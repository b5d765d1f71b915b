import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CutLine, LineCutter } from './lines.ts';

function cut(bytes: Uint8Array, chunkSize: number, max = 1 << 20): CutLine[] {
  const cutter = new LineCutter(max);
  const lines: CutLine[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) lines.push(...cutter.push(bytes.subarray(at, at + chunkSize)));
  const last = cutter.end();
  return last ? [...lines, last] : lines;
}

test('lines are cut at LF only, whatever the chunk size', () => {
  const text = 'a\u2028b\r\nüñ😀\n\n{"x":"\\u2028"}\nlast';
  for (const size of [1, 2, 3, 7, 64, 4096]) {
    expect(cut(Buffer.from(text), size)).toEqual([
      { kind: 'line', text: 'a\u2028b' },
      { kind: 'line', text: 'üñ😀' },
      { kind: 'line', text: '{"x":"\\u2028"}' },
      { kind: 'line', text: 'last' },
    ]);
  }
});

test('a line over the bound is reported once with its length, and the next line is read', () => {
  const long = 'x'.repeat(5000);
  for (const size of [1, 100, 10_000]) {
    const lines = cut(Buffer.from(`${long}\nok\n`), size, 1000);
    expect(lines).toEqual([
      { kind: 'oversize', bytes: 5000, head: 'x'.repeat(200) },
      { kind: 'line', text: 'ok' },
    ]);
  }
});

test('every byte is a line, an oversize line or a line break', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
      const whole = cut(bytes, 10_000, 64);
      expect(cut(bytes, size, 64)).toEqual(whole);
      for (const line of whole) if (line.kind === 'oversize') expect(line.bytes).toBeGreaterThan(64);
    }),
  );
});
