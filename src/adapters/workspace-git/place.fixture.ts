import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../kit/result.ts';

export function sh(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=P', '-c', 'user.email=p@x', ...args], { cwd: folder, encoding: 'utf8' });
}

export function good<T>(result: Result<T, { message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** A private place with a data folder and a target whose names hold blanks and letters beyond ASCII. */
export class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'tutti workspace ü-'));
  readonly data = join(this.root, 'data');
  readonly target = join(this.root, 'my project');

  constructor() {
    mkdirSync(this.target);
  }

  /** Makes the target a repository with one commit. */
  repository(): void {
    sh(this.target, 'init', '--quiet', '-b', 'main');
    writeFileSync(join(this.target, 'a.txt'), 'one\n');
    writeFileSync(join(this.target, 'b.txt'), 'b\n');
    writeFileSync(join(this.target, '.gitignore'), 'ignored.txt\n');
    sh(this.target, 'add', '.');
    sh(this.target, 'commit', '--quiet', '-m', 'first');
  }

  /** Everything a person could notice: files, index, branches, HEAD. */
  personView(): string {
    const find = ['.', '-path', './.git', '-prune', '-o', '-type', 'f', '-print0', '-exec', 'cat', '{}', ';'];
    const files = execFileSync('find', find, { cwd: this.target, encoding: 'utf8' });
    const git = (...args: string[]) => sh(this.target, ...args);
    return [files, git('status', '--porcelain'), git('diff', '--cached'), git('symbolic-ref', 'HEAD')].join('\n');
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
