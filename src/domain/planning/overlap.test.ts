import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Assignment } from './assignment.ts';
import { mayMeet, overlaps } from './overlap.ts';

const assignment = (id: string, files: readonly string[], depends_on: readonly string[] = []): Assignment => {
  const texts = { role: 'implementer', title: 't', responsibilities: [], deliverables: [] };
  return { id, agent: `agent-${id}`, ...texts, files: [...files], depends_on: [...depends_on], reviewed: false };
};

describe('two patterns', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src/a.ts', 'src//a.ts'],
    ['src\\a.ts', 'src/a.ts'],
    ['src/', 'src/deep/a.ts'],
    ['src', 'src/deep/a.ts'],
    ['src/', 'src'],
    ['src/*', 'src/deep/a.ts'],
    ['src/*.ts', 'src/a.ts'],
    ['src/a*', 'src/*b.ts'],
    ['**', 'anything/at/all'],
    ['./', 'anything'],
    ['**/*.md', 'docs/deep/a.md'],
    ['**/*.md', 'README.md'],
    ['**/*.md', 'docs/'],
    ['src/**/a.ts', 'src/a.ts'],
    ['src/**/b/**/a.ts', 'src/x/b/y/z/a.ts'],
    ['src/**/a.ts', '**/deep/*.ts'],
    ['test/', 'test/**'],
    ['a*b*c', 'a-b-b-c'],
  ])('%s and %s can name the same file', (one, other) => {
    expect([mayMeet(one, other), mayMeet(other, one)]).toEqual([true, true]);
  });

  test.each([
    ['src/a.ts', 'src/b.ts'],
    ['src/a.ts', 'src/a.tsx'],
    ['src/', 'srcs/a.ts'],
    ['src', 'srcs/a.ts'],
    ['src/*.ts', 'src/deep/a.ts'],
    ['src/*.ts', 'docs/*.ts'],
    ['*.md', 'docs/a.md'],
    ['**/*.md', 'docs/a.ts'],
    ['src/**/a.ts', 'test/a.ts'],
    ['src/**/a.ts', 'src/**/b.ts'],
    ['aXc', 'a*b*c'],
    ['ab', 'ab*b'],
    ['', 'src/a.ts'],
    ['', ''],
  ])('%s and %s cannot', (one, other) => {
    expect([mayMeet(one, other), mayMeet(other, one)]).toEqual([false, false]);
  });
});

describe('assignments that may run at the same time', () => {
  test('are warned of where they expect the same files, with who and what', () => {
    const found = overlaps([assignment('b', ['src/', 'docs/api.md']), assignment('a', ['src/store.ts', 'docs/*.md'])]);
    expect(found).toEqual([
      '"a" (agent-a) and "b" (agent-b) may run at the same time and both expect to touch docs/api.md, src/store.ts: their work may conflict',
    ]);
  });

  test('name three places at most', () => {
    const files = ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts'];
    expect(overlaps([assignment('x', files), assignment('y', files)])[0]).toContain('a.ts, b.ts, c.ts and 2 more:');
  });

  test('are not warned of when they say nothing of files, or depend on each other through others', () => {
    expect(overlaps([assignment('a', []), assignment('b', ['src/'])])).toEqual([]);
    const chain = [assignment('a', ['src/']), assignment('b', [], ['a']), assignment('c', ['src/'], ['b'])];
    expect(overlaps(chain)).toEqual([]);
  });
});

const segment = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '**', 'a*b');
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([segments, isFolder]) => segments.join('/') + (isFolder ? '/' : ''));
const plan = fc.array(fc.tuple(fc.array(pattern, { maxLength: 3 }), fc.nat()), { maxLength: 7 }).map((parts) =>
  parts.map(([files, bits], i) => {
    const earlier = parts.map((_, j) => `w${j}`).filter((_, j) => j < i && (bits >> j) % 2 === 1);
    return assignment(`w${i}`, files, earlier);
  }),
);

describe('for any plan', () => {
  test('the order of the assignments and of the patterns does not matter', () => {
    fc.assert(
      fc.property(plan, (assignments) => {
        const turned = assignments.toReversed().map((a) => ({ ...a, files: a.files.toReversed() }));
        expect(overlaps(turned)).toEqual(overlaps(assignments));
      }),
    );
    fc.assert(fc.property(pattern, pattern, (one, other) => mayMeet(one, other) === mayMeet(other, one)));
  });

  test('a pair is warned of only when neither depends on the other', () => {
    fc.assert(
      fc.property(plan, (assignments) => {
        const chained = assignments.map((a, i) => ({ ...a, depends_on: i === 0 ? [] : [`w${i - 1}`] }));
        expect(overlaps(chained)).toEqual([]);
      }),
    );
  });

  test('a file that both patterns match is never missed', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'aab'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(path, pattern, pattern, (segments, one, other) => {
        fc.pre(matches(one, segments) && matches(other, segments));
        expect(mayMeet(one, other)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('hostile patterns take no longer than others', () => {
    const hostile = `${'*a'.repeat(50_000)}*`;
    expect(mayMeet(hostile, 'a'.repeat(100_000))).toBe(true);
    expect(mayMeet(`${'**/a/'.repeat(20_000)}b`, `${'a/'.repeat(40_000)}c`)).toBe(false);
  });
});

/** Plain and slow: tries every way to spend the stars. */
function matches(glob: string, path: readonly string[]): boolean {
  const segments = glob.split('/').filter((s) => s !== '');
  const below = glob.endsWith('/') || glob.endsWith('*') ? [...segments, '**'] : segments;
  return spend(below, path, '**', (name, actual) => spend([...name], [...actual], '*', (x, y) => x === y));
}

function spend(
  globs: readonly string[],
  items: readonly string[],
  star: string,
  same: (glob: string, item: string) => boolean,
): boolean {
  const [glob, ...rest] = globs;
  if (glob === undefined) return items.length === 0;
  if (glob === star)
    return spend(rest, items, star, same) || (items.length > 0 && spend(globs, items.slice(1), star, same));
  return items.length > 0 && same(glob, items[0] ?? '') && spend(rest, items.slice(1), star, same);
}
