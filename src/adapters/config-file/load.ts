import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type Config, config } from '../../wire/config.ts';
import { whatIsWrong } from '../../wire/refusal.ts';
import { brokenJson } from './broken-json.ts';
import { type Known, wrongReference } from './references.ts';

const names = ['tutti.config.json', 'tutti.config.ts'];

/**
 * Reads `--config FILE`, else the config in the working folder, else the defaults. Refuses naming file, line and key,
 * also where a name points to nothing. `known` is what there is without any config.
 */
export async function loadConfig(folder: string, file: string | undefined, known: Known): Promise<Result<Config>> {
  const path = file === undefined ? names.map((n) => join(folder, n)).find(existsSync) : resolve(folder, file);
  if (path === undefined) return ok(config.parse({}));
  if (!existsSync(path)) return refuse('no_config', `the config file ${path} does not exist`);
  const value = path.endsWith('.json') ? await readJson(path) : await readModule(path);
  if (!value.ok) return value;
  const { data, text } = value.value;
  const read = config.safeParse(data);
  if (!read.success) return refuse('bad_config', describe(path, read.error, text));
  const wrong = wrongReference(read.data, known);
  if (wrong) return refuse('bad_config', sentence(path, wrong.path, wrong.message, text));
  const lost = missingModule(read.data, dirname(path));
  if (lost) return refuse('bad_config', sentence(path, lost.path, lost.message, text));
  return ok(absolute(read.data, dirname(path)));
}

type Source = { readonly data: unknown; readonly text: string | null };

async function readJson(path: string): Promise<Result<Source>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => error);
  if (text instanceof Error) return refuse('bad_config', `${path} cannot be read: ${text.message}`);
  const plain = text.replace(/^\ufeff/, '');
  const broken = brokenJson(plain);
  if (broken) return refuse('bad_config', `${path}, line ${broken.line}: ${broken.message}`);
  return ok({ data: JSON.parse(plain), text: plain });
}

async function readModule(path: string): Promise<Result<Source>> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    if (module.default === undefined) return refuse('bad_config', `${path}: expected the config as its default export`);
    return ok({ data: module.default, text: null });
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const at = stack.indexOf(`${path}:`);
    const line = at === -1 ? null : /^\d+/.exec(stack.slice(at + path.length + 1))?.[0];
    return refuse('bad_config', `${path}${line ? `, line ${line}` : ''}: cannot be loaded: ${message}`);
  }
}

function describe(path: string, error: z.ZodError, text: string | null): string {
  const issue = error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    return sentence(path, [...issue.path, issue.keys[0] ?? ''], 'unknown key', text);
  }
  const inner = issue?.code === 'invalid_key' ? issue.issues[0] : issue;
  return sentence(path, issue?.path ?? [], inner ? whatIsWrong(inner) : 'not valid', text);
}

function sentence(path: string, keys: readonly PropertyKey[], what: string, text: string | null): string {
  const line = text === null ? null : lineOf(text, keys.map(String));
  return `${path}${line === null ? '' : `, line ${line}`}: ${keys.map(String).join('.') || '(top)'}: ${what}`;
}

/** The line on which a key path stands: each key is looked for after the one before it. */
function lineOf(text: string, keys: readonly string[]): number | null {
  let at = 0;
  for (const key of keys) {
    const found = text.indexOf(JSON.stringify(key), at);
    if (found !== -1) at = found; // a place in a list has no key of its own
  }
  return keys.length === 0 ? null : text.slice(0, at).split('\n').length;
}

/** A module, found as a file of the config's folder would find it; null when there is none. */
function moduleFile(name: string, folder: string): string | null {
  try {
    return createRequire(join(folder, 'tutti.config.js')).resolve(name);
  } catch {
    return null;
  }
}

function missingModule({ agents, edge }: Config, folder: string) {
  const named = [
    ...Object.entries(agents).map(([name, { driver }]) => ({ path: ['agents', name, 'driver'], module: driver })),
    { path: ['edge', 'vad', 'engine'], module: packageOf(edge.vad.engine) },
  ];
  const lost = named.find(({ module }) => module && moduleFile(module, folder) === null);
  if (!lost) return null;
  return { path: lost.path, message: `"${lost.module}" cannot be found from ${folder}: install the package there` };
}

function packageOf(engine: string): string | undefined {
  return /^package:(.+)$/.exec(engine)?.[1];
}

/** Programs and folders given by a relative path are meant relative to the config's folder, not the agent's own. */
function absolute(value: Config, folder: string): Config {
  const place = (word: string) => (word.startsWith('./') || word.startsWith('../') ? resolve(folder, word) : word);
  const agents = Object.entries(value.agents).map(([name, agent]) => {
    const command = agent.command?.map((word, i) =>
      i === 0 || existsSync(resolve(folder, word)) ? place(word) : word,
    );
    const bin = agent.bin && !isAbsolute(agent.bin) ? resolve(folder, agent.bin) : agent.bin;
    const driver = agent.driver && moduleFile(agent.driver, folder);
    const found = { ...(command ? { command } : {}), ...(bin ? { bin } : {}), ...(driver ? { driver } : {}) };
    return [name, { ...agent, ...found }] as const;
  });
  const prompts = value.prompts === undefined ? {} : { prompts: resolve(folder, value.prompts) };
  const skills = value.skills.map((one) => resolve(folder, one));
  const tls = value.tls && { tls: { cert: resolve(folder, value.tls.cert), key: resolve(folder, value.tls.key) } };
  const engine = packageOf(value.edge.vad.engine);
  const vad = { ...value.edge.vad, ...(engine ? { engine: `package:${moduleFile(engine, folder)}` } : {}) };
  return { ...value, ...prompts, ...tls, edge: { ...value.edge, vad }, skills, agents: Object.fromEntries(agents) };
}
