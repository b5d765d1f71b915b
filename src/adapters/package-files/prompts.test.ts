import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlaps } from '../../domain/planning/overlap.ts';
import { templatePlan } from '../../domain/planning/plan.ts';
import { packageRoot, shippedTeams } from './package.ts';
import { loadPrompts, shippedPrompts } from './prompts.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-prompts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function refusal(): string {
  const loaded = loadPrompts(folder);
  expect(loaded).toMatchObject({ ok: false, error: { code: 'bad_prompts' } });
  return loaded.ok ? '' : loaded.error.message;
}

test('every shipped prompt is read, and holds what the own check asks of others', () => {
  const shipped = shippedPrompts();
  const files = readdirSync(join(packageRoot, 'prompts')).filter((file) => file.endsWith('.md'));
  expect(Object.keys(shipped).sort()).toEqual([...files.map((file) => file.slice(0, -3)), 'roles'].sort());
  const { roles, ...texts } = shipped;
  for (const [name, text] of Object.entries(texts)) write(`${name}.md`, text);
  for (const [role, text] of roles) write(`roles/${role}.md`, text);
  expect(loadPrompts(folder)).toEqual({ ok: true, value: shipped });
});

describe('shipped teams', () => {
  test('have a text for every role, and steps that leave each other’s files alone', () => {
    const { roles } = shippedPrompts();
    for (const [name, team] of shippedTeams()) {
      expect([name, team.members.filter(({ role }) => !roles.has(role))]).toEqual([name, []]);
      const plan = templatePlan(team, 'it');
      expect([name, plan.ok && overlaps(plan.value)]).toEqual([name, []]);
    }
  });

  test('share the work of the big three as the mission says', () => {
    const members = shippedTeams().get('big3')?.members ?? [];
    const share = (agent: string) => members.find((member) => member.agent === agent)?.share ?? 0;
    expect([share('gemini'), share('claude')].every((one) => one >= 0.4 && one <= 0.5)).toBe(true);
    expect(share('codex') >= 0.1 && share('codex') <= 0.2).toBe(true);
  });
});

describe('a folder of one’s own', () => {
  test('stands in for the files of the same name, and brings texts for roles of one’s own', () => {
    write('work.md', '\ufeff{role} in {cwd}\r\n{task}\r\n{responsibilities}');
    write('roles/reviewer.md', 'be kind');
    write('roles/Tax Lawyer.md', 'mind the law');
    write('.DS_Store', 'x');
    const loaded = loadPrompts(folder);
    const { roles, review } = shippedPrompts();
    expect(loaded).toMatchObject({ value: { work: '{role} in {cwd}\n{task}\n{responsibilities}', review } });
    const own = loaded.ok ? loaded.value.roles : new Map();
    expect([own.get('reviewer'), own.get('Tax Lawyer'), own.get('tester')]).toEqual([
      'be kind',
      'mind the law',
      roles.get('tester'),
    ]);
  });

  test('may be empty, and none at all gives the shipped ones', () => {
    expect([loadPrompts(folder), loadPrompts(undefined)]).toEqual(Array(2).fill({ ok: true, value: shippedPrompts() }));
  });

  test.each([
    ['an unknown file', 'wrok.md', 'x', /wrok\.md: there is no prompt of this name: was work\.md meant\?/],
    ['a file of another kind', 'notes.txt', 'x', /notes\.txt: .*there is work\.md, fix\.md, .*and the folder roles/],
    ['an unknown folder', 'other/work.md', 'x', /other: there is no prompt of this name/],
    ['an unknown file of a role', 'roles/reviewer.txt', 'x', /reviewer\.txt: expected only files <role>\.md/],
    ['a text without its matter', 'review.md', 'Review {task} in {cwd}', /review\.md: the slot \{diff\} is missing/],
    ['a text beyond bounds', 'roles/x.md', 'x'.repeat(70_000), /x\.md has 70000 bytes: at most 65536/],
    ['a folder in place of a file', 'work.md/x', 'x', /work\.md cannot be read/],
  ])('with %s is refused', (_, name, text, says) => {
    write(name, text);
    expect(refusal()).toMatch(says);
  });

  test('that is not there, is no folder, or holds a link to nothing is refused', () => {
    expect(loadPrompts(join(folder, 'none'))).toMatchObject({
      error: { message: expect.stringMatching(/none cannot be/) },
    });
    symlinkSync(join(folder, 'nowhere'), join(folder, 'roles'));
    expect(refusal()).toMatch(/roles: there is no prompt of this name/);
  });
});
