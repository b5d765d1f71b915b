import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ok, type Refusal, type Result, refuse } from '../src/kit/result.ts';
import { type Scenario, scenario } from './scenario.ts';

export type LoadRefused = Refusal<'scenario_unreadable' | 'scenario_invalid'>;

/**
 * Reads one scenario file (a scenario or a list of them), or every `*.json` of a folder in the order of their names.
 * Files named by `from` are read too, relative to the scenario's own folder.
 */
export async function loadScenarios(path: string): Promise<Result<readonly Scenario[], LoadRefused>> {
  const files = await scenarioFiles(path);
  if (!files.ok) return files;
  const all: Scenario[] = [];
  for (const file of files.value) {
    const loaded = await loadFile(file);
    if (!loaded.ok) return loaded;
    all.push(...loaded.value);
  }
  return ok(all);
}

async function scenarioFiles(path: string): Promise<Result<readonly string[], LoadRefused>> {
  try {
    if (!(await stat(path)).isDirectory()) return ok([path]);
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
    if (names.length === 0) return refuse('scenario_unreadable', `${path}: the folder holds no *.json scenario`);
    return ok(names.map((name) => join(path, name)));
  } catch (error) {
    return refuse('scenario_unreadable', `${path}: cannot be read (${reason(error)})`);
  }
}

async function loadFile(file: string): Promise<Result<readonly Scenario[], LoadRefused>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return refuse('scenario_invalid', `${file}: is not JSON: ${error.message}`);
    return refuse('scenario_unreadable', `${file}: cannot be read (${reason(error)})`);
  }
  const several = Array.isArray(value);
  const found: Scenario[] = [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of items.entries()) {
    const checked = scenario.safeParse(item);
    if (!checked.success) {
      const issue = deepest(checked.error.issues);
      const key = [...(several ? [index] : []), ...issue.path].join('.');
      return refuse('scenario_invalid', `${file}: ${key || '(top)'}: ${issue.message}`);
    }
    const whole = await withFiles(file, checked.data);
    if (!whole.ok) return whole;
    found.push(whole.value);
  }
  return ok(found);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of a union's failures the one that got furthest says best what was meant: unknown and missing keys count against. */
function deepest(issues: readonly Issue[]): { path: readonly PropertyKey[]; message: string } {
  const [issue] = issues;
  if (!issue) return { path: [], message: 'is not a scenario' };
  const best = issue.errors?.toSorted((a, b) => a.length - b.length)[0];
  if (!best) return issue;
  const inner = deepest(best);
  return { path: [...issue.path, ...inner.path], message: inner.message };
}

async function withFiles(file: string, loaded: Scenario): Promise<Result<Scenario, LoadRefused>> {
  for (const [r, role] of loaded.roles.entries()) {
    for (const [t, turn] of role.turns.entries()) {
      for (const [a, action] of (turn.do ?? []).entries()) {
        if (!('from' in action)) continue;
        const path = resolve(dirname(file), action.from);
        try {
          const plain = { write: action.write, content: await readFile(path, 'utf8') };
          turn.do?.splice(a, 1, plain);
        } catch (error) {
          const key = `roles.${r}.turns.${t}.do.${a}.from`;
          return refuse('scenario_unreadable', `${file}: ${key}: ${path} cannot be read (${reason(error)})`);
        }
      }
    }
  }
  return ok(loaded);
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
