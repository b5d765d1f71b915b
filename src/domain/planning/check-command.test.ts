import { expect, test } from 'vitest';
import { checkFiles, detectCheck } from './check-command.ts';

const detect = (files: Readonly<Record<string, string>>) => detectCheck(new Map(Object.entries(files)));
const pkg = (more: object = {}) => JSON.stringify({ scripts: { test: 'node --test' }, ...more });
const needing = pkg({ devDependencies: { vitest: '5' } });

test.each([
  ['npm test', { 'package.json': pkg() }],
  ['npm test', { 'package.json': pkg({ dependencies: {} }), 'package-lock.json': '{}' }],
  ['npm ci && npm test', { 'package.json': needing, 'package-lock.json': '{ "cut' }],
  ['npm install --no-package-lock && npm test', { 'package.json': needing }],
  ['pnpm install --frozen-lockfile && pnpm test', { 'package.json': needing, 'pnpm-lock.yaml': '' }],
  ['yarn install --frozen-lockfile && yarn test', { 'package.json': needing, 'yarn.lock': '' }],
  ['yarn test', { 'package.json': pkg(), 'yarn.lock': '' }],
  ['cargo test', { 'Cargo.toml': '' }],
  ['go test ./...', { 'go.mod': 'module x' }],
  ['python3 -m pytest -q', { 'pyproject.toml': '[tool.pytest.ini_options]\n' }],
  ['python3 -m pytest -q', { 'pytest.ini': '[pytest]\n' }],
  ['python3 -m pytest -q', { 'setup.cfg': '[tool:pytest]\n' }],
  ['make test', { Makefile: 'all: x\n\techo\ntest: all\r\n\tsh t.sh\n' }],
  ['make test', { GNUmakefile: '.PHONY: test\ncheck test: all\n' }],
  ['make test', { Makefile: 'test:: all\n' }],
])('%s is what a project with such files is checked with', (command, files) => {
  expect(detect(files)).toMatchObject({ command });
  expect(Object.keys(files).filter((name) => !checkFiles.includes(name))).toEqual([]);
});

test.each([
  ['nothing at all', {}],
  ['a package without a test', { 'package.json': '{"scripts":{"build":"x"}}' }],
  [
    'the test npm makes up',
    { 'package.json': pkg({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }) },
  ],
  ['an empty test', { 'package.json': pkg({ scripts: { test: ' ' } }) }],
  ['a package that is no JSON', { 'package.json': '{"scripts":' }],
  ['a package that is no object', { 'package.json': '[null]' }],
  ['scripts that are none', { 'package.json': '{"scripts":null}' }],
  ['python without pytest', { 'pyproject.toml': '[project]\n', 'setup.cfg': '' }],
  ['a makefile without the target', { Makefile: 'tests: x\nall: test\ntest := y\ntest ?= z\n\ttest: no\n# test: no' }],
  ['a makefile that make would not read', { GNUmakefile: 'all:\n', Makefile: 'test:\n' }],
])('no check is made up for %s', (_, files) => {
  expect(detect(files)).toBeNull();
});

test('the first kind of project wins, and a package without a test leaves it to the next', () => {
  const all = { 'package.json': pkg(), 'Cargo.toml': '', 'go.mod': '', 'pytest.ini': '[pytest]', Makefile: 'test:\n' };
  expect(detect(all)).toEqual({ command: 'npm test', why: 'package.json has a test script and no dependencies' });
  expect(detect({ ...all, 'package.json': '{}' })).toEqual({ command: 'cargo test', why: 'there is a Cargo.toml' });
  expect(detect({ 'package.json': '{}', Makefile: 'test:\n' })?.why).toBe('Makefile has the target test');
});
