import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PromptTexts } from '../../domain/planning/prompt.ts';
import { nearest } from '../../kit/nearest.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { packageRoot } from './package.ts';

/** Bounds a text that would not fit an agent's prompt beside the task. Bytes. */
const MAX_BYTES = 64 * 1024;
const ROLES = 'roles';

/** The slots without which a prompt would keep from the agent what it is about. */
const needed = {
  work: ['task', 'cwd', 'role', 'responsibilities'],
  fix: ['findings'],
  review: ['task', 'diff', 'cwd'],
  plan: ['task', 'members', 'cwd'],
  replan: ['wrong'],
  merge: ['conflicts', 'sides', 'cwd', 'role'],
  mend: ['command', 'output', 'cwd', 'role'],
  summary: ['task', 'digest', 'cwd'],
} as const;
type TextName = keyof typeof needed;
const textNames = Object.keys(needed) as TextName[];

export function shippedPrompts(): PromptTexts {
  const folder = join(packageRoot, 'prompts');
  const read = (name: string) => plain(readFileSync(join(folder, `${name}.md`), 'utf8'));
  const roles = readdirSync(join(folder, ROLES)).filter((file) => file.endsWith('.md'));
  const texts = textNames.map((name) => [name, read(name)] as const);
  return {
    ...(Object.fromEntries(texts) as Record<TextName, string>),
    roles: new Map(roles.map((file) => [file.slice(0, -3), read(join(ROLES, file.slice(0, -3)))])),
  };
}

/**
 * The shipped prompts, with those of a person's folder in their place: the same names, and in `roles/` a text for any
 * role. Refuses (`bad_prompts`) what would never be read, and texts that lack what the agent needs.
 * @param folder absolute path; undefined for the shipped prompts alone
 */
export function loadPrompts(folder: string | undefined): Result<PromptTexts> {
  const shipped = shippedPrompts();
  if (folder === undefined) return ok(shipped);
  const found = filesOf(folder);
  if (!found.ok) return found;
  const texts: Partial<Record<TextName, string>> = {};
  const roles = new Map(shipped.roles);
  for (const entry of found.value) {
    if (entry.name === ROLES && isFolder(folder, entry)) {
      const own = readRoles(join(folder, ROLES), roles);
      if (!own.ok) return own;
      continue;
    }
    const name = textNames.find((known) => entry.name === `${known}.md`);
    if (!name) return unknownFile(folder, entry.name);
    const text = readText(join(folder, entry.name));
    if (!text.ok) return text;
    const missing = needed[name].find((slot) => !text.value.includes(`{${slot}}`));
    if (missing) {
      const path = join(folder, entry.name);
      return refuse('bad_prompts', `${path}: the slot {${missing}} is missing: without it the agent would not be told`);
    }
    texts[name] = text.value;
  }
  return ok({ ...shipped, ...texts, roles });
}

function readRoles(folder: string, roles: Map<string, string>): Result<null> {
  const found = filesOf(folder);
  if (!found.ok) return found;
  for (const { name } of found.value) {
    if (!/^[^/\\]+\.md$/.test(name)) {
      return refuse('bad_prompts', `${join(folder, name)}: expected only files <role>.md here`);
    }
    const text = readText(join(folder, name));
    if (!text.ok) return text;
    roles.set(name.slice(0, -3), text.value);
  }
  return ok(null);
}

/** What lies in a folder of a person's, in order; hidden files are the system's or the editor's. */
function filesOf(folder: string): Result<readonly Dirent[]> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
    return ok(entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
  } catch (error) {
    return refuse('bad_prompts', `the folder of prompts ${folder} cannot be read: ${messageOf(error)}`);
  }
}

function isFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** As an editor or git may have written it on another system. */
function plain(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

function readText(path: string): Result<string> {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) return refuse('bad_prompts', `${path} has ${size} bytes: at most ${MAX_BYTES} are taken`);
    return ok(plain(readFileSync(path, 'utf8')));
  } catch (error) {
    return refuse('bad_prompts', `${path} cannot be read: ${messageOf(error)}`);
  }
}

function unknownFile(folder: string, name: string): Result<never> {
  const known = textNames.map((text) => `${text}.md`);
  const meant = nearest(name, known);
  const hint = meant ? `was ${meant} meant?` : `there is ${known.join(', ')} and the folder ${ROLES}`;
  return refuse('bad_prompts', `${join(folder, name)}: there is no prompt of this name: ${hint}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
