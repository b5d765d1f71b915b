import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shippedRecoveries } from '../../src/adapters/package-files/recoveries.ts';
import { decisionActions, healthStates, triggers } from '../../src/domain/event.ts';
import { cures } from '../../src/domain/recovery/cure.ts';
import { decide } from '../../src/domain/review/policy.ts';
import { verbs } from '../../src/wire/control.ts';
import { CliBench } from './cli-bench.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const page = read('docs/team.md');
const rowsOf = (first: string) => page.match(new RegExp(`^\\| \`?${first}\`? \\|.*$`, 'gm')) ?? [];

test('every recovery pattern stands on the page of the team, with its cure, tries and words, and no other does', () => {
  const shipped = shippedRecoveries();
  if (!shipped.ok) throw new Error(shipped.error.message);
  const rows = shipped.value.map(({ id, cure, tries, text }) => `| \`${id}\` | ${cure} | ${tries} | ${text} |`);
  const isCure = new RegExp(`^\\| \`\\w+\` \\| (?:${cures.join('|')}) \\| \\d+ \\| .*$`, 'gm');
  expect(page.match(isCure)).toEqual(rows);
});

test('every cure, trigger, health state and verb is told there', () => {
  for (const cure of cures) expect(rowsOf(cure), cure).toHaveLength(1);
  for (const trigger of triggers) expect(page, trigger).toMatch(new RegExp(`^\\| [^|]*\`${trigger}\`[^|]* \\|`, 'm'));
  for (const state of healthStates) expect(rowsOf(state), state).toHaveLength(1);
  for (const verb of verbs) expect(page, verb).toMatch(new RegExp(`^\\| \`tutti ${verb} [^|]*\` \\|`, 'm'));
});

test.each([
  ['a blocker', ['approved', 'blocker', 'concerns']],
  ['two or more doubts', ['concerns', 'concerns']],
  ['two or more doubts', ['approved', null, 'concerns']],
  ['one doubt', ['approved', 'concerns']],
  ['none', ['approved', 'approved']],
] as const)('the page says what follows from %s: %j', (verdicts, given) => {
  const { action } = decide([...given]);
  expect(page).toContain(`| ${verdicts} | \`${action}\` |`);
  expect(decisionActions).toContain(action);
});

test('every option of a command is told in the README or on a page of the docs', async () => {
  await using bench = new CliBench();
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const text = [read('README.md'), ...docs.map((name) => read(join('docs', name)))].join('\n');
  const { out } = await bench.call(['--help']);
  const names = [...out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '');
  const untold: string[] = [];
  for (const name of names) {
    const help = (await bench.call([name, '--help'])).out;
    const flags = [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
    for (const flag of flags) if (!new RegExp(`${flag}(?![\\w-])`).test(text)) untold.push(`${name} ${flag}`);
  }
  expect(untold).toEqual([]);
});

test('every link between the pages leads to a file', () => {
  for (const from of ['README.md', 'docs/team.md']) {
    for (const [, to = ''] of read(from).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(root, from, '..', to)), `${from}: ${to}`).toBe(true);
    }
  }
});
