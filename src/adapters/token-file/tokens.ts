import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type Caller, type Scope, type TokenEntry, tokenEntry, tokenName } from '../../wire/token.ts';
import { PrivateList } from './private-list.ts';

const listOf = (path: string) => new PrivateList(path, tokenEntry, 'token file');

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The tokens of the file; none when there is no file. Refuses one that cannot be read. */
export function readTokens(path: string): Result<readonly TokenEntry[]> {
  return listOf(path).read();
}

/** Adds a token with these rights and answers it: it is told this once, the file keeps only its hash. */
export function addToken(path: string, name: string, scopes: readonly Scope[], now: number): Result<string> {
  const known = readTokens(path);
  if (!known.ok) return known;
  const read = tokenName.safeParse(name);
  if (!read.success) return refuse('name', `"${name}": ${read.error.issues[0]?.message}`);
  if (known.value.some((entry) => entry.name === name)) {
    return refuse('name', `there is a token "${name}" already: remove it first, or take another name`);
  }
  const token = randomBytes(32).toString('base64url');
  const created_at = new Date(now).toISOString();
  return write(
    path,
    [...known.value, { name, hash: hashOf(token).toString('hex'), scopes: [...scopes], created_at }],
    token,
  );
}

/** Takes a token back: it is refused from the next request on. */
export function removeToken(path: string, name: string): Result<string> {
  const known = readTokens(path);
  if (!known.ok) return known;
  const left = known.value.filter((entry) => entry.name !== name);
  if (left.length === known.value.length) return refuse('name', `there is no token "${name}"`);
  return write(path, left, name);
}

function write(path: string, all: readonly TokenEntry[], answer: string): Result<string> {
  const written = listOf(path).write(all);
  return written.ok ? ok(answer) : written;
}

/**
 * Tells whose token it is, by the file as it is now: what is added or removed counts from the next request on. A file
 * that cannot be read lets nobody in.
 */
export function liveTokens(path: string): (token: string) => Caller | null {
  const list = listOf(path);
  return (token) => {
    const given = hashOf(token);
    const found = list.now().find(({ hash }) => timingSafeEqual(Buffer.from(hash, 'hex'), given));
    return found ? { name: found.name, scopes: found.scopes } : null;
  };
}
