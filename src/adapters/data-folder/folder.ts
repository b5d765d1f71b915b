import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** Where a running gateway of this folder answers. */
export interface Presence {
  readonly pid: number;
  readonly url: string | null;
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
  static open(given: string | undefined, env: Readonly<Record<string, string | undefined>>): Result<DataFolder> {
    const path = resolve(given ?? env.TUTTI_DATA ?? defaultFolder(env));
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (!statSync(path).isDirectory()) return refuse('bad_data_folder', `the data folder ${path} is not a folder`);
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
      const probe = join(path, `.probe-${process.pid}`);
      writeFileSync(probe, 'x');
      rmSync(probe);
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      const text = {
        ENOSPC: 'the disk is full',
        EROFS: 'it is read-only',
        EACCES: 'it is not yours to write',
        ENOTDIR: 'part of its path is a file',
        EEXIST: 'it is a file',
      }[why];
      return refuse(
        'bad_data_folder',
        `the data folder ${path} cannot be used: ${text ?? why}; name another with --data or TUTTI_DATA`,
      );
    }
    return ok(new DataFolder(path));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** The bearer token, made on first use. The file is readable by its owner alone. */
  token(): string {
    const path = this.file('token');
    if (!existsSync(path)) {
      const fresh = `${path}.${process.pid}`;
      writeFileSync(fresh, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(fresh, path);
    }
    chmodSync(path, 0o600);
    return readFileSync(path, 'utf8').trim();
  }

  /**
   * Makes this process the one that runs the folder's jobs. The lock is the system's: it ends with the process, however
   * that ends. False when another process has it.
   */
  lock(): boolean {
    const db = new DatabaseSync(this.file('lock.sqlite'), { timeout: 0 });
    try {
      db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;');
      this.#lock = db;
      return true;
    } catch {
      db.close();
      return false;
    }
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

  /** Who holds the lock, as far as it told. */
  presence(): Presence | null {
    try {
      return JSON.parse(readFileSync(this.file('presence.json'), 'utf8')) as Presence;
    } catch {
      return null;
    }
  }
}

function defaultFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'tutti');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'tutti');
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'tutti');
}
