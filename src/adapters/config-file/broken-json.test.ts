import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenJson } from './broken-json.ts';

test.each([
  ['{\n "a": nope\n}', 2, /not JSON \(Unexpected token 'o'\)/],
  ['{\n\n "a": 1\n "b": 2 }', 4, /Expected ',' or '}'/],
  ['{\n "a": 1,\n\n}', 2, /a comma after the last entry/],
  ['[\n 1,\n]', 2, /a comma after the last entry/],
  ['{\n "a": 1, // why\n "b": 2 }', 2, /comments are not JSON/],
  ['/* top */ {}', 1, /comments are not JSON/],
  ['{ "a": "line\nbreak" }', 1, /control character/i],
  ['{\n "a": {\n', 2, /not JSON/],
  ['', 1, /not JSON/],
  ['{} x', 1, /not JSON/],
])('%j is told with its line', (text, line, message) => {
  expect(brokenJson(text)).toEqual({ line, message: expect.stringMatching(message) });
});

test('it finds fault exactly where the parser does, and with any text a line that exists', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((text) => text.slice(1)),
      ),
      (text) => {
        const broken = brokenJson(text);
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(broken === null).toBe(isJson);
        if (broken) expect(broken.line).toBeLessThanOrEqual(text.split('\n').length);
        if (broken) expect(broken.message).not.toContain('\n');
      },
    ),
  );
});
