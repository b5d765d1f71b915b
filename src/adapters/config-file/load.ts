import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type Config, config } from '../../wire/config.ts';

const names = ['tutti.config.json', 'tutti.config.ts'];

/** Reads `--config FILE`, else the config in the working folder, else the defaults. Refuses naming file, line and key. */
export async function loadConfig(folder: string, file?: string): Promise<Result<Config>> {
  const path = file === undefined ? names.map((n) => join(folder, n)).find(existsSync) : resolve(folder, file);
  if (path === undefined) return ok(config.parse({}));
  if (!existsSync(path)) return refuse('no_config', `the config file ${path} does not exist`);
  const value = path.endsWith('.json') ? await readJson(path) : await readModule(path);
  if (!value.ok) return value;
  const read = config.safeParse(value.value.data);
  if (!read.success) return refuse('bad_config', describe(path, read.error, value.value.text));
  return ok(absolute(read.data, folder));
}

type Source = { readonly data: unknown; readonly text: string | null };

async function readJson(path: string): Promise<Result<Source>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => error);
  if (text instanceof Error) return refuse('bad_config', `${path} cannot be read: ${text.message}`);
  try {
    return ok({ data: JSON.parse(text), text });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(message);
    const offset = at ? Number(at[1]) : text.length;
    const line = text.slice(0, offset).split('\n').length;
    return refuse(
      'bad_config',
      `${path}, line ${line}: not JSON (${message.replace(/ in JSON at position.*| \(line.*/, '')})`,
    );
  }
}

async function readModule(path: string): Promise<Result<Source>> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return ok({ data: module.default ?? {}, text: null });
  } catch (error) {
    return refuse('bad_config', `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function describe(path: string, error: z.ZodError, text: string | null): string {
  const issue = error.issues[0];
  const keys = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : (issue?.path ?? []);
  const key = keys.map(String).join('.');
  const line = text === null ? null : lineOf(text, keys.map(String));
  const what = issue?.code === 'unrecognized_keys' ? 'unknown key' : (issue?.message ?? 'not valid');
  return `${path}${line === null ? '' : `, line ${line}`}: ${key || '(top)'}: ${what}`;
}

/** The line on which a key path stands: each key is looked for after the one before it. */
function lineOf(text: string, keys: readonly string[]): number | null {
  let at = 0;
  for (const key of keys) {
    const found = text.indexOf(JSON.stringify(key), at);
    if (found === -1) break;
    at = found;
  }
  return keys.length === 0 ? null : text.slice(0, at).split('\n').length;
}

/** Programs given by a relative path are meant relative to the config's folder, whatever the agent's own folder. */
function absolute(value: Config, folder: string): Config {
  const place = (word: string) => (word.startsWith('./') || word.startsWith('../') ? resolve(folder, word) : word);
  const agents = Object.entries(value.agents).map(([name, agent]) => {
    const command = agent.command?.map((word, i) =>
      i === 0 || existsSync(resolve(folder, word)) ? place(word) : word,
    );
    const bin = agent.bin && !isAbsolute(agent.bin) ? resolve(folder, agent.bin) : agent.bin;
    return [name, { ...agent, ...(command ? { command } : {}), ...(bin ? { bin } : {}) }] as const;
  });
  return { ...value, agents: Object.fromEntries(agents) };
}
