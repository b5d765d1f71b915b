import { describe, expect, test } from 'vitest';
import { touchedIn } from './touched.ts';

const diff = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

describe('the lines a change touches', () => {
  test('are counted in the new text, hunk by hunk', () => {
    const text = diff(
      'diff --git a/src/x.ts b/src/x.ts',
      'index 1..2 100644',
      '--- a/src/x.ts',
      '+++ b/src/x.ts',
      '@@ -1,2 +1,3 @@',
      ' one',
      '+two',
      ' three',
      '@@ -10 +11 @@ function f() {',
      '-old',
      '+new',
    );
    expect(touchedIn(text)).toEqual([
      {
        file: 'src/x.ts',
        lines: [
          [1, 3],
          [11, 11],
        ],
      },
    ]);
  });

  test('of a renamed file count under its new name, of a copied or moved one without changes there are none', () => {
    const renamed = ['similarity index 90%', 'rename from old name.ts', 'rename to new name.ts'];
    const hunk = ['--- a/old name.ts', '+++ b/new name.ts', '@@ -1 +1 @@', '-a', '+b'];
    expect(touchedIn(diff('diff --git a/old name.ts b/new name.ts', ...renamed, ...hunk))).toEqual([
      { file: 'new name.ts', lines: [[1, 1]] },
    ]);
    expect(touchedIn(diff('diff --git a/a.ts b/b/c.ts', 'similarity index 100%'))).toEqual([
      { file: 'b/c.ts', lines: [] },
    ]);
  });

  test('of a deleted file, an emptied one and a binary one are none; where lines only go, it is the place', () => {
    const gone = ['deleted file mode 100644', '--- a/x', '+++ /dev/null', '@@ -1,2 +0,0 @@', '-one', '-two'];
    const binary = ['diff --git a/p.png b/p.png', 'Binary files a/p.png and b/p.png differ'];
    const less = ['diff --git a/y b/y', '--- a/y', '+++ b/y', '@@ -3,2 +2,0 @@', '-three', '-four'];
    expect(touchedIn(diff('diff --git a/x b/x', ...gone, ...binary, ...less))).toEqual([
      { file: 'x', lines: [] },
      { file: 'p.png', lines: [] },
      { file: 'y', lines: [[2, 2]] },
    ]);
  });

  test('of files with spaces, quotes, tabs and letters of any language count under their true names', () => {
    const named = (pair: string) => touchedIn(diff(`diff --git ${pair}`))[0]?.file;
    expect(named('a/my file.ts b/my file.ts')).toBe('my file.ts');
    expect(named('a/x b/y.ts b/x b/y.ts')).toBe('x b/y.ts');
    expect(named('"a/\\303\\274ber.ts" "b/\\303\\274ber.ts"')).toBe('über.ts');
    expect(named('"a/say \\"hi\\"\\tx\\\\y" "b/say \\"hi\\"\\tx\\\\y"')).toBe('say "hi"\tx\\y');
    expect(named('a/plain.ts "b/\\346\\227\\245.ts"')).toBe('日.ts');
    expect(named('"a/\\346\\227\\245.ts" b/plain.ts')).toBe('plain.ts');
  });

  test('are not misled by content that looks like headers', () => {
    const text = diff(
      'diff --git a/notes.md b/notes.md',
      '--- a/notes.md',
      '+++ b/notes.md',
      '@@ -1,3 +1,4 @@',
      ' diff --git a/fake b/fake',
      '--- a/fake',
      '+++ b/fake',
      '+@@ -1 +99 @@',
      ' @@ -1 +77 @@',
      '\\ No newline at end of file',
      'diff --git a/real b/real',
      '@@ -1 +1 @@',
      '-a',
      '\\ No newline at end of file',
      '+b',
    );
    expect(touchedIn(text)).toEqual([
      { file: 'notes.md', lines: [[1, 4]] },
      { file: 'real', lines: [[1, 1]] },
    ]);
  });

  test('are none where nothing changed, and bounded where everything did', () => {
    expect(touchedIn('')).toEqual([]);
    expect(touchedIn('@@ -1 +1 @@\n')).toEqual([]);
    const many = Array.from({ length: 600 }, (_, i) => `diff --git a/f${i} b/f${i}`);
    expect(touchedIn(diff(...many))).toHaveLength(500);
    const hunks = Array.from({ length: 5_100 }, (_, i) => [`@@ -${i + 1} +${i + 1} @@`, '+x']).flat();
    expect(touchedIn(diff('diff --git a/f b/f', ...hunks))[0]?.lines).toHaveLength(5_000);
  });
});
