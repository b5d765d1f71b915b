import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** Where a running gateway of this folder answers. */
export interface Presence {
  readonly pid: number;
  readonly url: string | null;
  /** Path of the certificate that it shows; absent where it speaks no TLS. */
  readonly certificate?: string;
  /** False when it takes in tasks but runs none. */
  readonly works: boolean;
  /** The agents and teams of its configuration, with which it does the folder's jobs. */
  readonly agents: readonly string[];
  readonly teams: readonly string[];
}

/** The folder that holds everything durable: engine file, workspaces, logs, token. Private to the person (0700). */
export class DataFolder {
  readonly path: string;
  #lock: DatabaseSync | null = null;
  #announced = false;

  private constructor(path: string) {
    this.path = path;
  }

  /** The folder of `--data`, `TUTTI_DATA` or the platform's state folder, made when it is not there. */
  static open(given: string | undefined, env: Env): Result<DataFolder> {
    const path = folderPath(given, env);
    try {
      makeFolder(path);
      tryToWrite(path);
    } catch (error) {
      return unusable(path, error);
    }
    return ok(new DataFolder(path));
  }

  /** The same folder for those who only look: nothing is made, and null when there is none yet. */
  static find(given: string | undefined, env: Env): Result<DataFolder | null> {
    const path = folderPath(given, env);
    try {
      if (!statSync(path, { throwIfNoEntry: false })) return ok(null);
      if (!statSync(path).isDirectory()) throw Object.assign(new Error('a file'), { code: 'EEXIST' });
      accessSync(path, constants.R_OK | constants.X_OK);
    } catch (error) {
      return unusable(path, error);
    }
    return ok(new DataFolder(path));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** The bearer token, made on first use. The file is readable by its owner alone. */
  token(): Result<string> {
    const path = this.file('token');
    const fresh = `${path}.${process.pid}`;
    try {
      const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
      if (known === '') {
        writeFileSync(fresh, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
        putFirst(fresh, path);
      }
      chmodSync(path, 0o600);
      return ok(known || readFileSync(path, 'utf8').trim());
    } catch (error) {
      rmSync(fresh, { force: true });
      return refuse('bad_token', `the token file ${path} cannot be used: ${reason(error)}`);
    }
  }

  /**
   * Makes this process the one that runs the folder's jobs. The lock is the system's: it ends with the process, however
   * that ends. False when another process has it.
   */
  lock(): Result<boolean> {
    let db: DatabaseSync | null = null;
    try {
      db = new DatabaseSync(this.file('lock.sqlite'), { timeout: LOOK_MS });
      db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;');
      this.#lock = db;
      return ok(true);
    } catch (error) {
      db?.close();
      return isBusy(error) ? ok(false) : this.#badLock(error);
    }
  }

  /** Whether another process has the lock. Any number may look at once, and nobody takes a look for the lock. */
  isLocked(): Result<boolean> {
    let db: DatabaseSync | null = null;
    try {
      db = new DatabaseSync(this.file('lock.sqlite'), { timeout: 0 });
      db.exec('BEGIN; SELECT count(*) FROM sqlite_schema; COMMIT');
      return ok(false);
    } catch (error) {
      return isBusy(error) ? ok(true) : this.#badLock(error);
    } finally {
      db?.close();
    }
  }

  #badLock(error: unknown) {
    const path = this.file('lock.sqlite');
    return refuse('bad_lock', `the lock file ${path} cannot be used (${reason(error)}): it holds nothing, delete it`);
  }

  unlock(): void {
    if (this.#announced) rmSync(this.file('presence.json'), { force: true });
    this.#lock?.close();
    this.#lock = null;
  }

  announce(presence: Presence): void {
    this.#announced = true;
    writeFileSync(this.file('presence.json'), `${JSON.stringify(presence)}\n`, { mode: 0o600 });
  }

  /** Who holds the lock, as far as it told. What a killed process told is nobody's presence. */
  presence(): Presence | null {
    try {
      const told = JSON.parse(readFileSync(this.file('presence.json'), 'utf8')) as Presence;
      process.kill(told.pid, 0);
      return told;
    } catch {
      return null;
    }
  }
}

type Env = Readonly<Record<string, string | undefined>>;

const SQLITE_BUSY = 5;
/** Longer than anybody looks whether the lock is held. Milliseconds. */
const LOOK_MS = 200;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

/** Puts a file in its place; where another process was faster with more than an empty one, that one's stays. */
function putFirst(fresh: string, path: string): void {
  try {
    linkSync(fresh, path);
    rmSync(fresh);
  } catch {
    if (existsSync(path) && readFileSync(path, 'utf8').trim() !== '') rmSync(fresh);
    else renameSync(fresh, path); // an empty file, or a file system without links
  }
}

/** Where `--data`, `TUTTI_DATA` or the platform's custom says. */
function folderPath(given: string | undefined, env: Env): string {
  return resolve(given ?? (env.TUTTI_DATA || defaultFolder(env)));
}

/** Each folder by itself: Node's recursive way never returns below /proc and its like. */
function makeFolder(path: string, ifFile: 'EEXIST' | 'ENOTDIR' = 'EEXIST'): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory()) return;
  if (info) throw Object.assign(new Error('a file is there'), { code: ifFile });
  if (dirname(path) !== path) makeFolder(dirname(path), 'ENOTDIR');
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error; // another process may have been faster
  }
}

function tryToWrite(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const probe = join(path, `.probe-${process.pid}`);
  try {
    writeFileSync(probe, 'x');
  } finally {
    rmSync(probe, { force: true });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'it is read-only',
  EACCES: 'it is not yours to write',
  EPERM: 'it is not yours to write',
  ENOTDIR: 'part of its path is a file',
  EEXIST: 'it is a file',
  ENOENT: 'it cannot be made there',
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

function unusable(path: string, error: unknown) {
  return refuse(
    'bad_data_folder',
    `the data folder ${path} cannot be used: ${reason(error)}; name another with --data or TUTTI_DATA`,
  );
}

/** The platform's state folder, where data lies when nobody says otherwise. */
export function defaultFolder(env: Env): string {
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'tutti');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'tutti');
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'tutti');
}
