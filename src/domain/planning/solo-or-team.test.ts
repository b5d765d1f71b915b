import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soloOrTeam } from './solo-or-team.ts';

describe('one agent suffices for one small change', () => {
  test.each([
    ['Fix a typo in README.md', 'a typo'],
    ['Fix the typo in the README.', 'a typo'],
    ['fix typos in docs/api.md', 'a typo'],
    ['Please correct the typo "recieve" in src/server.ts', 'a typo'],
    ['Fix the typo `teh` -> `the` in docs/guide.md', 'a typo'],
    ['Typo in docs/api/security.md', 'a typo'],
    ['Fix the spelling in the welcome message', 'spelling'],
    ['Correct a spelling mistake in CHANGELOG.md', 'spelling'],
    ['Correct the grammar in the help text', 'spelling'],
    ['Fix punctuation in docs/intro.md', 'spelling'],
    ['Improve the wording of the error message in src/cli.ts', 'wording'],
    ['Change the wording "Save and close" to "Done"', 'wording'],
    ['Reword the hint below the search field', 'wording'],
    ['Rephrase the first sentence of the introduction', 'wording'],
    ['Update the copyright year in LICENSE', 'wording'],
    ['Change the label of the submit button', 'wording'],
    ['Rename the variable x to count', 'a rename'],
    ['Rename the function getUser to findUser in src/users.ts', 'a rename'],
    ['Rename parseConfig to readConfig', 'a rename'],
    ['rename max_size to limit in src/queue.py', 'a rename'],
    ['Bump lodash to 4.17.21', 'a version bump'],
    ['Bump the version to 2.0.1', 'a version bump'],
    ['Bump the version number', 'a version bump'],
    ['Fix the misleading comment above the retry loop', 'a comment'],
    ['Add a comment explaining the timeout in src/net.ts', 'a comment'],
    ['Remove the outdated comment in src/net.ts', 'a comment'],
    ['Remove the commented-out code in src/main.ts', 'a comment'],
    ['Format src/store.ts', 'formatting'],
    ['Reformat the file test/api.test.ts', 'formatting'],
    ['Fix the indentation in Makefile', 'formatting'],
    ['Remove trailing whitespace from src/cli.ts', 'formatting'],
    ['Remove the unused import in src/store.ts', 'something unused'],
    ['Delete an unused variable in src/store.ts', 'something unused'],
    ['Drop the unused dependency left-pad', 'something unused'],
    ['Remove the stray console.log in src/store.ts', 'something unused'],
  ])('%s', (task, what) => {
    const { solo, why } = soloOrTeam(task);
    expect([solo, why]).toEqual([true, expect.stringContaining(`one agent: ${what} is one small change`)]);
  });
});

const nothing = 'nothing in the task says';
const more = 'more than one thing';
const wide = 'reaches over several files';
const behaviour = 'describes behaviour';

describe('everything else is for a team', () => {
  test.each([
    ['', nothing],
    ['Add rate limiting', nothing],
    ['Typo in the login page heading of src/page.html', 'larger than a wording'],
    ['Make it faster', 'larger than a wording'],
    ['Fix the bug in the store', 'larger than a wording'],
    ['Implement undo', 'larger than a wording'],
    ['Add a date format option', nothing],
    ['Format dates as ISO strings', nothing],
    ['Format the page nicely', nothing],
    ['Fix the spelling checker', nothing],
    ['Fix typo tolerance of the search', nothing],
    ['Fix the formatting of dates in the export', nothing],
    ['Fix the comment form', nothing],
    ['Add comments to blog posts', nothing],
    ['Rename users to members', nothing],
    ['Let people rename a file to something else', nothing],
    ['Bump the pointer allocator', nothing],
    ['Remove unused accounts', nothing],
    ['Change the wording algorithm', 'larger than a wording'],
    ['Fix a typo in README.md and add a test', more],
    ['Fix a typo in README.md, then publish', more],
    ['Fix a typo, a heading', more],
    ['Rename x_a to y_a & rename b_a to c_a', more],
    ['Fix a typo or two in README.md', more],
    ['Fix typos in README.md docs/api.md', 'it names 2 files'],
    ['Fix all typos', wide],
    ['Fix typos everywhere', wide],
    ['Fix the spelling in several files', wide],
    ['Fix the indentation of the whole repository', wide],
    ['Bump lodash to 4.17.21 with a test', 'tests or documentation besides'],
    ['Fix a typo in src/a.ts including the docs', 'tests or documentation besides'],
    ['Remove the unused function in src/a.ts after moving its callers', behaviour],
    ['Delete the unused code because it confuses', behaviour],
    ['Rename the endpoint getUser to findUser', 'larger than a wording'],
    ['Bump the database version', 'larger than a wording'],
    ['Remove the dead code in the parser', 'larger than a wording'],
    ['Fix a typo in README.md. Deploy it.', 'several parts'],
    ['Fix these typos:\n- teh\n- recieve', 'several parts'],
    ['Fix a typo: teh', 'several parts'],
    ['Fix a typo in the very long sentence that stands right at the end of README.md', 'longer'],
    [`Fix a typo in ${'x'.repeat(300)}`, 'longer'],
    ['Behebe einen Tippfehler in README.md', nothing],
  ])('%s', (task, why) => {
    expect(soloOrTeam(task)).toEqual({ solo: false, why: expect.stringContaining(why) });
  });
});

test('quoted words and names of files are talked about, they ask for nothing', () => {
  expect(soloOrTeam('Fix the typo "save and test all" in src/api/security.ts').solo).toBe(true);
});

test('any second wish makes it a task for a team', () => {
  const small = fc.constantFrom('Fix a typo in README.md', 'Remove the unused import', 'Bump lodash to 4.17.21');
  const second = fc.constantFrom(
    ' and deploy it',
    ', add tests',
    '. Then deploy it',
    '\nAlso deploy it',
    ' with new tests',
  );
  fc.assert(fc.property(small, second, (one, other) => !soloOrTeam(one + other).solo));
});

test('whatever is asked is answered at once, with a reason', () => {
  const words = fc.constantFrom(
    'fix',
    'a',
    'the',
    'typo',
    'in',
    ' ',
    '"',
    "'",
    '`',
    'x.ts',
    '/',
    'unused',
    'import',
    '\n',
  );
  fc.assert(
    fc.property(
      fc.array(words).map((w) => w.join(' ')),
      (task) => soloOrTeam(task).why.length > 10,
    ),
  );
  expect(soloOrTeam('"\' `a/'.repeat(100_000)).solo).toBe(false);
});
