/** The command that checks a project's work, and what in the project speaks for it. */
export interface DetectedCheck {
  /** One line for a shell, to be run in the target's folder. */
  readonly command: string;
  /** One phrase for people. */
  readonly why: string;
}

type Files = ReadonlyMap<string, string>;

/** The files at the root of a target that `detectCheck` can draw a conclusion from. */
export const checkFiles: readonly string[] = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'Cargo.toml',
  'go.mod',
  'pyproject.toml',
  'pytest.ini',
  'setup.cfg',
  'GNUmakefile',
  'makefile',
  'Makefile',
];

/**
 * How a project is checked, told from known files at its root (name → content, which may be cut). The first that says
 * so wins, in the order of the languages above; null when nothing does.
 */
export function detectCheck(files: Files): DetectedCheck | null {
  return fromPackage(files) ?? fromOneFile(files) ?? fromPytest(files) ?? fromMakefile(files);
}

function fromPackage(files: Files): DetectedCheck | null {
  const about = objectOf(files.get('package.json') ?? '');
  const script = objectIn(about, 'scripts').test;
  // What npm itself writes into a new package is no test.
  if (typeof script !== 'string' || script.trim() === '' || script.includes('no test specified')) return null;
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
  const isAlone = kinds.every((kind) => Object.keys(objectIn(about, kind)).length === 0);
  const [lock, tool, install] = installer(files);
  if (isAlone) return { command: `${tool} test`, why: 'package.json has a test script and no dependencies' };
  const why = lock ? `package.json has a test script, ${lock} its dependencies` : 'package.json has a test script';
  return { command: `${tool} ${install} && ${tool} test`, why };
}

function installer(files: Files): readonly [lock: string | null, tool: string, install: string] {
  for (const lock of ['package-lock.json', 'npm-shrinkwrap.json']) if (files.has(lock)) return [lock, 'npm', 'ci'];
  if (files.has('pnpm-lock.yaml')) return ['pnpm-lock.yaml', 'pnpm', 'install --frozen-lockfile'];
  if (files.has('yarn.lock')) return ['yarn.lock', 'yarn', 'install --frozen-lockfile'];
  return [null, 'npm', 'install --no-package-lock'];
}

function fromOneFile(files: Files): DetectedCheck | null {
  if (files.has('Cargo.toml')) return { command: 'cargo test', why: 'there is a Cargo.toml' };
  if (files.has('go.mod')) return { command: 'go test ./...', why: 'there is a go.mod' };
  return null;
}

function fromPytest(files: Files): DetectedCheck | null {
  const named = ['pyproject.toml', 'pytest.ini', 'setup.cfg'].find((name) => files.get(name)?.includes('pytest'));
  return named ? { command: 'python3 -m pytest -q', why: `${named} names pytest` } : null;
}

function fromMakefile(files: Files): DetectedCheck | null {
  // In the order in which make itself looks.
  const found = ['GNUmakefile', 'makefile', 'Makefile'].find((name) => files.has(name));
  const isThere = (files.get(found ?? '') ?? '').split('\n').some(isTestTarget);
  return found && isThere ? { command: 'make test', why: `${found} has the target test` } : null;
}

/** Whether a line of a makefile is the rule of a target `test`; `test := x` sets a variable. */
function isTestTarget(whole: string): boolean {
  const [line = ''] = whole.split('#');
  const at = line.indexOf(':');
  if (at < 1 || line.startsWith('\t') || /^::?:?=/.test(line.slice(at))) return false;
  return line.slice(0, at).split(/\s+/).includes('test');
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {}; // absent, cut or broken: it says nothing
  }
}

function objectIn(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return asObject(value[key]);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
