import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDiff, rowsOf } from '../../web/src/job/diff-text.ts';
import { languageOf, tinted } from '../../web/src/job/syntax.ts';

const diff = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,4 @@ function a() {
 one
-two
+zwei
+drei
 three
\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/pic.png b/pic.png
new file mode 100644
index 0..1
Binary files /dev/null and b/pic.png differ
diff --git "a/\\303\\244\\".txt" "b/\\303\\244\\".txt"
deleted file mode 100644
--- "a/\\303\\244\\".txt"
+++ /dev/null
@@ -1 +0,0 @@
-gone
`;

describe('a change as git tells it', () => {
  const files = readDiff(diff);

  test('is read with its names, kinds, numbers and lines', () => {
    expect(
      files.map(({ path, from, what, isBinary, added, removed }) => ({ path, from, what, isBinary, added, removed })),
    ).toEqual([
      { path: 'src/a.ts', from: null, what: 'changed', isBinary: false, added: 2, removed: 1 },
      { path: 'new name.txt', from: 'old name.txt', what: 'renamed', isBinary: false, added: 0, removed: 0 },
      { path: 'pic.png', from: null, what: 'added', isBinary: true, added: 0, removed: 0 },
      { path: 'ä".txt', from: null, what: 'removed', isBinary: false, added: 0, removed: 1 },
    ]);
    const [hunk] = files[0]?.hunks ?? [];
    expect(hunk?.place).toBe('function a() {');
    expect(hunk?.lines.map(({ kind, old, now }) => [kind, old, now])).toEqual([
      ['same', 1, 1],
      ['removed', 2, null],
      ['added', null, 2],
      ['added', null, 3],
      ['same', 3, 4],
      ['mark', null, null],
    ]);
  });

  test('stands side by side with what it was, findings below their lines, closed files as their heads alone', () => {
    const notes = [{ path: 'src/a.ts', line: 2, text: 'codex (low): why German?' }];
    const rows = rowsOf(files, new Set([3]), true, notes);
    const told = rows.map((row) => {
      if (row.type === 'line') return [row.left?.text ?? null, row.right?.text ?? null];
      return row.type === 'note' ? row.text : row.type;
    });
    expect(told.slice(0, 6)).toEqual([
      'file',
      'hunk',
      ['one', 'one'],
      ['two', 'zwei'],
      'codex (low): why German?',
      [null, 'drei'],
    ]);
    expect(told.slice(-3)).toEqual(['file', 'file', 'file']);
  });

  test('whatever it holds, is read without an error', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('diff --git a/x b/x', '@@ -1 +1 @@', '+', '-', ' ', '--- a/x', '+++ "b/\\9', 'rename to "'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        rowsOf(readDiff(lines.join('\n')), new Set(), true);
      }),
    );
  });
});

describe('the colours of a line', () => {
  test('never change its text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom('a.ts', 'b.py', 'c.sql', 'd.json', 'e'),
        (text, path) => {
          expect(
            tinted(text, languageOf(path))
              .map((piece) => piece.text)
              .join(''),
          ).toBe(text);
        },
      ),
    );
  });

  test('tell words, strings, numbers and comments apart', () => {
    const tints = tinted('const a = "b // c" + 12; // d', languageOf('a.ts')).filter(({ tint }) => tint !== 'plain');
    expect(tints.map(({ tint, text }) => `${tint}: ${text}`)).toEqual([
      'word: const',
      'string: "b // c"',
      'number: 12',
      'comment: // d',
    ]);
  });
});
