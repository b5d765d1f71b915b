import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../kit/clock.ts';
import { SkillFiles } from './skills.ts';

function place() {
  const root = mkdtempSync(join(tmpdir(), 'tutti-skills-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const clock = new ManualClock();
  const warnings: unknown[] = [];
  const folder = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const places = [folder('shipped'), folder('mine'), join(root, 'absent')];
  let writes = 0;
  const write = (name: string, data: unknown) => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    writeFileSync(join(root, name), text);
    writes += 1;
    utimesSync(join(root, name), 1_700_000_000 + writes, 1_700_000_000 + writes);
  };
  const warn = (_: string, fields: unknown) => warnings.push(fields);
  const open = () => SkillFiles.open({ places, teams: new Set(['big3']), clock, warn });
  const opened = () => {
    const files = open();
    if (!files.ok) throw new Error(files.error.message);
    return files.value;
  };
  return { root, clock, warnings, write, open, opened };
}

const skill = (name: string, more: object = {}) => ({ name, worker: 'coding', ...more });

test('a skill of the person replaces the shipped one of the same name, and joins the others', () => {
  const { write, opened } = place();
  write('shipped/coding.json', skill('coding', { description: 'shipped' }));
  write('mine/own.json', [
    skill('coding', { description: 'mine' }),
    { name: 'ops', phrases: ['deploy'], worker: 'ops' },
  ]);
  expect(
    opened()
      .skills()
      .map(({ name, description }) => [name, description]),
  ).toEqual([
    ['coding', 'mine'],
    ['ops', ''],
  ]);
});

test('a changed, a new and a removed file are seen, at most once a second', () => {
  const { root, clock, write, opened } = place();
  write('mine/a.json', skill('a'));
  const files = opened();
  const names = () => files.skills().map(({ name }) => name);
  write('mine/a.json', skill('changed'));
  write('mine/b.json', skill('b'));
  clock.advance(999);
  expect(names()).toEqual(['a']);
  clock.advance(1);
  expect(names()).toEqual(['changed', 'b']);
  rmSync(join(root, 'mine/a.json'));
  clock.advance(1_000);
  expect(names()).toEqual(['b']);
});

test('a file that breaks keeps the last good state and is warned of once, until it is mended', () => {
  const { clock, warnings, write, opened } = place();
  write('mine/a.json', skill('a'));
  const files = opened();
  write('mine/a.json', '{ "name": ');
  for (let i = 0; i < 3; i += 1) {
    clock.advance(1_000);
    expect(files.skills().map(({ name }) => name)).toEqual(['a']);
  }
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings)).toContain('mine/a.json: (top): ');
  write('mine/a.json', skill('mended'));
  clock.advance(1_000);
  expect(files.skills().map(({ name }) => name)).toEqual(['mended']);
  write('mine/a.json', '{ "name": ');
  clock.advance(1_000);
  files.skills();
  expect(warnings).toHaveLength(2);
});

test('at the start a wrong file is refused, naming file and key', () => {
  const { root, write, open } = place();
  const file = join(root, 'mine/a.json');
  write('mine/a.json', skill('a', { keywords: [1] }));
  expect(open()).toMatchObject({ error: { message: expect.stringContaining(`${file}: keywords.0: `) } });
  write('mine/a.json', skill('a', { team: 'nobody' }));
  expect(open()).toMatchObject({ error: { message: `${file}: team: there is no team "nobody" for the skill a` } });
});

test('the folder a skill works on is meant from its file', () => {
  const { root, write, opened } = place();
  write('mine/a.json', skill('a', { target: '../site' }));
  expect(opened().skills()[0]?.target).toBe(join(root, 'site'));
});
