import { isAbsolute, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { ToolKind } from '../../domain/agent-event.ts';

const kinds: Readonly<Record<string, ToolKind>> = {
  Bash: 'command',
  Monitor: 'command',
  PowerShell: 'command',
  Write: 'edit',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Read: 'read',
  Glob: 'search',
  Grep: 'search',
  WebFetch: 'fetch',
  WebSearch: 'fetch',
};

export interface ToolUse {
  readonly name: string;
  readonly kind: ToolKind;
  readonly command: string | null;
  /** Absolute paths the call names. */
  readonly paths: readonly string[];
  /** One line for people. */
  readonly title: string;
}

const inputs = z.looseObject({
  command: z.string().optional().catch(undefined),
  file_path: z.string().optional().catch(undefined),
  notebook_path: z.string().optional().catch(undefined),
  path: z.string().optional().catch(undefined),
  pattern: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
  query: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
});

/** Reads one call of a tool of Claude Code. */
export function toolUse(name: string, input: unknown, cwd: string): ToolUse {
  const kind = kinds[name] ?? (name.startsWith('mcp__') ? 'mcp' : 'other');
  const read = inputs.safeParse(input);
  const { command, file_path, notebook_path, path, pattern, url, query, description } = read.success ? read.data : {};
  const paths = [file_path, notebook_path, path].flatMap((one) => (one ? [resolve(cwd, one)] : []));
  const shown = paths[0] === undefined ? undefined : shortPath(paths[0], cwd);
  const about = command ?? pattern ?? shown ?? url ?? query ?? description ?? '';
  const line = about.split('\n', 1)[0]?.slice(0, 200) ?? '';
  const title = kind === 'command' && line ? line : `${name} ${line}`.trim();
  return { name, kind, command: kind === 'command' ? (command ?? '') : null, paths, title };
}

function shortPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside && !inside.startsWith('..') && !isAbsolute(inside) ? inside : path;
}
