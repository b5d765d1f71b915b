import type { ToolKind } from '../agent-event.ts';
import type { RunMode } from '../event.ts';

export interface Wish {
  readonly mode: RunMode;
  readonly cwd: string;
  /** Folders beside cwd that the run may write to. */
  readonly writable: readonly string[];
  readonly kind: ToolKind;
  readonly tool: string;
  readonly command: string | null;
  readonly paths: readonly string[];
}

/** Sub-commands of git that only look. */
const lookingGit: ReadonlySet<string> = new Set([
  'diff',
  'log',
  'show',
  'status',
  'blame',
  'ls-files',
  'rev-parse',
  'grep',
]);

/** Programs that only look, with the options that make them do more. */
const looking: ReadonlyMap<string, RegExp | null> = new Map<string, RegExp | null>([
  ['git', /^(-c|-C|-O|-o|--exec-path|--output|--ext-diff|--textconv|--open-files-in-pager)/],
  ['rg', /^--(pre|hostname-bin)/],
  ['cat', null],
  ['ls', null],
  ['head', null],
  ['tail', null],
  ['wc', null],
  ['grep', null],
  ['pwd', null],
  ['stat', null],
  ['nl', null],
  ['true', null],
  ['echo', null],
]);

/**
 * Whether an agent may do what it asks for. Reviewers and planners only look; workers write inside their worktree.
 * This is the one place that answers; the system's sandbox, not this rule, is the boundary.
 */
export function judge(wish: Wish): { readonly verdict: 'allow' | 'deny'; readonly reason: string } {
  const outside = wish.paths.find((path) => !isInside(path, [wish.cwd, ...wish.writable]));
  if (wish.mode !== 'work') return judgeLooking(wish);
  if (wish.kind === 'edit' && outside) return deny(`${outside} lies outside the working folder ${wish.cwd}`);
  if (wish.kind === 'edit' && wish.paths.some((path) => isGitInternal(path, wish.cwd))) {
    return deny('files of git itself are not edited by hand');
  }
  return { verdict: 'allow', reason: 'inside the working folder' };
}

function judgeLooking(wish: Wish) {
  if (wish.kind === 'edit') return deny('this run only reads; describe the change instead');
  if (wish.kind === 'command' && !isLooking(wish.command ?? '')) {
    return deny('this run only reads: git diff, log, show, cat, ls, grep and the like are allowed');
  }
  return { verdict: 'allow' as const, reason: 'only reads' };
}

function deny(reason: string) {
  return { verdict: 'deny' as const, reason };
}

/** True for one plain command of the list, without pipes, redirections, substitutions or several commands. */
export function isLooking(command: string): boolean {
  const text = unwrapShell(command.trim());
  if (/[;&|<>`$(){}\n\\]/.test(text)) return false;
  const [program = '', ...words] = text.split(/\s+/);
  const risky = looking.get(program);
  if (risky === undefined || (risky !== null && words.some((word) => risky.test(word)))) return false;
  if (program !== 'git') return true;
  return lookingGit.has(words.find((word) => !word.startsWith('-')) ?? '');
}

/** Codex wraps each command as `/bin/bash -lc '…'`. */
function unwrapShell(command: string): string {
  const match = /^(?:\/\S*\/)?(?:ba|z)?sh -l?c (['"])([^'"]*)\1$/.exec(command);
  return match?.[2] ?? command;
}

function isInside(path: string, folders: readonly string[]): boolean {
  const parts = path.split('/');
  if (parts.includes('..')) return false;
  return folders.some((folder) => path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`));
}

function isGitInternal(path: string, cwd: string): boolean {
  return isInside(path, [cwd]) && path.slice(cwd.length).split('/').includes('.git');
}
