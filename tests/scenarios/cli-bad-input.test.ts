import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliBench, type Ended } from './cli-bench.ts';

const bench = new CliBench();
afterAll(() => bench[Symbol.asyncDispose]());

/** Refused: one line on stderr that says what is wrong, nothing on stdout, exit code 2. */
function expectRefused({ code, out, err }: Ended, says: RegExp): void {
  expect(err).toMatch(/^tutti: [^\n]+\n$/);
  expect(err).toMatch(says);
  expect({ code, out }).toEqual({ code: 2, out: '' });
}

const nothingMade = () => expect(existsSync(bench.data)).toBe(false);

describe('a call that cannot be meant is refused with the next step, and nothing is made', () => {
  const README = join(bench.project, 'README.md');
  test.each<[string, readonly string[], RegExp]>([
    ['no such command', ['rnu', 'x'], /no command "rnu": did you mean tutti run\?/],
    ['a task as command', ['fix the bug'], /tutti run "…"/],
    ['an unknown option', ['run', 'x', '--targt', '.'], /no option --targt: did you mean --target\?.*tutti run --help/],
    ['an option without its value', ['run', 'x', '--port'], /--port needs a value: --port N/],
    ['an option with an empty value', ['run', 'x', '--data='], /--data needs a value: --data DIR/],
    ['an option in place of a value', ['run', 'x', '--data', '--json'], /--data needs a value/],
    [
      'an option twice',
      ['token', 'add', 'ci', '--scope', 'read', '--scope', 'submit'],
      /--scope is given twice, "read" and "submit"/,
    ],
    ['a switch with a value', ['run', 'x', '--json=yes'], /--json takes no value/],
    ['a missing word', ['run'], /usage: tutti run TASK/],
    ['a task without quotes', ['run', 'fix', 'it'], /put it in quotes: tutti run "/],
    ['too many words', ['status', 'a', 'b'], /usage: tutti status/],
    ['an empty task', ['run', ''], /the task is empty/],
    ['a blank task', ['run', ' \n\t '], /the task is empty/],
    ['a task beyond all measure', ['run', 'x'.repeat(40_000)], /40000 characters; at most 32768/],
    ['no such target', ['run', 'x', '-C', '/no/such'], /\/no\/such does not exist/],
    ['a file as target', ['run', 'x', '-C', README], /README.md is not a folder/],
    ['no such agent', ['run', 'x', '--agent', 'nobody'], /no agent "nobody": there is browser, claude, codex, gemini/],
    ['no such team', ['run', 'x', '--team', 'nobody'], /no team "nobody": there is big3/],
    ['no such skill', ['run', 'x', '--skill', 'nobody'], /no skill "nobody": there is/],
    ['a team and an agent', ['run', 'x', '--team', 'big3', '--agent', 'codex'], /not both/],
    ['a port that is no number', ['up', '--port', 'http'], /--port takes a number from 0 to 65535, not "http"/],
    ['a port out of range', ['run', 'x', '--port', '70000'], /0 to 65535, not "70000"/],
    ['half a port', ['up', '--port', '1.5'], /whole number/],
    ['a negative budget', ['run', 'x', '--budget-usd', '-3'], /--budget-usd takes a number/],
    ['an address of the world', ['up', '--host', '0.0.0.0'], /only loopback/],
    ['a cursor that is none', ['events', '--after', 'yesterday'], /--after takes a cursor such as 1-42/],
    ['a job where there is none', ['status', 'latest'], /no job yet; give a task/],
    ['a diff where there is no job', ['diff'], /no job yet/],
    ['an apply where there is no job', ['apply', '1abc'], /no job yet/],
    [
      'a scenario that is not there',
      ['run', 'x', '--simulate', '--scenario', 'none.json'],
      /none.json: cannot be read/,
    ],
    ['a scenario without simulation', ['run', 'x', '--scenario', 'a.json'], /add --simulate/],
    ['a config that is not there', ['run', 'x', '--config', 'none.json'], /none.json does not exist/],
  ])('%s', async (_, args, says) => {
    expectRefused(await bench.call(args), says);
    nothingMade();
  });
});

describe('a broken config is refused with its line, what was expected, and nothing is made', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{\n "verify": nope\n}', /line 2: not JSON/],
    ['cut off', '{\n "agents": {', /line 2: not JSON/],
    ['empty', '', /line 1: not JSON/],
    ['with comments', '{\n // mine\n}', /line 2: comments are not JSON.*tutti.config.ts/],
    ['with a last comma', '{\n "verify": "x",\n}', /line 2: not JSON: a comma after the last entry/],
    ['a list', '[]', /expected an object\n/],
    [
      'an unknown key',
      '{\n "agents": {\n  "mine": { "protocl": "events" } } }',
      /line 3: agents.mine.protocl: unknown key/,
    ],
    ['a wrong type', '{ "agents": {},\n "verify": 3 }', /line 2: verify: expected a string\n/],
    ['a wrong word', '{ "sandbox": "maybe" }', /line 1: sandbox: .*"auto"/],
    ['a name that is none', '{ "agents": { "Mine!": {} } }', /agents.Mine!: expected a name/],
    ['an agent of no protocol', '{ "agents": { "mine": {} } }', /agents.mine: expected a "protocol"/],
    [
      'an agent of no command',
      '{ "agents": { "mine": { "protocol": "events" } } }',
      /agents.mine: expected a "command"/,
    ],
    [
      'a team of nobody',
      '{ "teams": {\n "duo": { "members": [\n { "agent": "ghost", "role": "x" } ] } } }',
      /line 3: teams.duo.members.0.agent: there is no agent "ghost": there is browser, claude/,
    ],
    [
      'a step for nobody',
      '{ "teams": { "duo": { "members": [ { "agent": "codex", "role": "x" } ],\n "steps": [ { "id": "a", "role": "y", "title": "t", "responsibilities": [], "deliverables": [] } ] } } }',
      /line 2: teams.duo.steps: step "a" needs a member with the role "y"/,
    ],
    ['a default team that is not there', '{ "defaultTeam": "ghost" }', /defaultTeam: there is no team "ghost"/],
  ])('%s', async (_, text, says) => {
    const path = bench.file('home/broken.json', text);
    expectRefused(await bench.call(['run', 'x', '--config', path]), says);
    nothingMade();
  });

  test.each<[string, string, RegExp]>([
    ['that throws', 'const a = 1;\nthrow new Error("boom\\nof two lines");', /line 2: cannot be loaded: boom/],
    ['that does not parse', 'export default {\n  agents: {', /line 2: cannot be loaded/],
    ['without a default export', 'export const config = {};', /expected the config as its default export/],
    ['with an unknown key', 'export default { verfy: "x" };', /verfy: unknown key/],
  ])('a module %s', async (_, text, says) => {
    const path = bench.file(`home/${crypto.randomUUID()}.ts`, text);
    expectRefused(await bench.call(['up', '--config', path]), says);
    nothingMade();
  });

  test('the config of the working folder counts without being named', async () => {
    const path = bench.file('elsewhere/tutti.config.json', '{ "verfy": 1 }');
    const ended = await bench.call(['run', 'x'], { cwd: join(path, '..') });
    expectRefused(ended, /tutti.config.json, line 1: verfy: unknown key/);
  });
});

test('a task of 1 MB on stdin is refused by its length, and one beyond all bounds unread', async () => {
  expectRefused(await bench.call(['run', '-'], { input: 'x'.repeat(1 << 20) }), /1048576 characters; at most 32768/);
  expectRefused(await bench.call(['run', '-'], { input: 'x'.repeat(17 << 20) }), /far longer than 32768/);
  nothingMade();
});

test('a scenario that is broken is refused before the data folder is made', async () => {
  const path = bench.file('home/scenario.json', '{ "name": "x", "rolls": [] }');
  expectRefused(await bench.call(['run', 'x', '--simulate', '--scenario', path]), /scenario.json: /);
  expectRefused(await bench.call(['simulate', '--scenario', path]), /scenario.json: /);
  nothingMade();
});

describe('a data folder that cannot be used is refused, and nothing is put there', () => {
  test.each<[string, () => string, RegExp]>([
    ['a file', () => bench.file('afile', ''), /afile cannot be used: it is a file; name another with --data/],
    ['below a file', () => join(bench.file('afile', ''), 'data'), /part of its path is a file/],
    ['below /proc', () => '/proc/tutti', /\/proc\/tutti cannot be used: /],
  ])('%s', async (_, folder, says) => {
    for (const words of [
      ['run', 'x'],
      ['up', '--port', '0'],
    ]) {
      expectRefused(await bench.call([...words, '--data', folder()]), says);
    }
  });

  test.each<[string, string, (path: string) => void, RegExp]>([
    ['of a newer version', 'newer', newerStore, /newer version \(schema 99, .*update this program/],
    ['of another program', 'foreign', foreignStore, /belongs to another program/],
    ['that is damaged', 'damaged', (path) => bench.file(path, 'x'.repeat(9_000)), /is not a database; move it away/],
  ])('a store %s', async (_, name, make, says) => {
    bench.file(`${name}/mark`, '');
    make(`${name}/tutti.sqlite`);
    const data = join(bench.root, name);
    for (const words of [['run', 'x'], ['status'], ['up', '--port', '0']]) {
      expectRefused(await bench.call([...words, '--data', data]), says);
    }
  });

  test('a lock file that is damaged is named', async () => {
    bench.file('locked/lock.sqlite', 'x'.repeat(9_000));
    const ended = await bench.call(['run', 'x', '--data', join(bench.root, 'locked')]);
    expectRefused(ended, /lock.sqlite cannot be used .*delete it/);
  });
});

function newerStore(path: string): void {
  const db = new DatabaseSync(join(bench.root, path));
  db.exec('CREATE TABLE x (a); PRAGMA application_id=0x74757469; PRAGMA user_version=99');
  db.close();
}

function foreignStore(path: string): void {
  const db = new DatabaseSync(join(bench.root, path));
  db.exec('CREATE TABLE x (a)');
  db.close();
}

describe('a port that somebody has is refused, and no job is stored', () => {
  const server = createServer();
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each([[['run', 'x']], [['up']], [['simulate']]])('%j', async (words) => {
    const data = join(bench.root, 'port');
    const where = words[0] === 'simulate' ? [] : ['--data', data];
    expectRefused(
      await bench.call([...words, '--port', String(port), ...where]),
      /is in use; choose another with --port/,
    );
    if (words[0] === 'run') expect((await bench.call(['status', '--json', '--data', data])).out).toBe('[]\n');
    if (existsSync(data)) expect(readdirSync(data)).not.toContain('presence.json');
  });
});
