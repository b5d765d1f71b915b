import { readFileSync } from 'node:fs';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { TuttiClient } from '../../wire/client.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { findFolder, storeFlags } from './store.ts';

export const mcp: Command = {
  name: 'mcp',
  summary:
    'Serve Tutti’s tools over MCP on stdin and stdout, for Claude Code and others. A running tutti up does the work.',
  usage: 'mcp',
  words: [0, 0],
  flags: storeFlags,
  examples: ['claude mcp add tutti -- tutti mcp'],
  endsItself: true,
  async run(context) {
    const folder = findFolder(context);
    if (!folder.ok) return wrongCall(context, folder.error.message);
    await context.services.serveMcp({
      gateway: () => running(context),
      target: context.cwd,
      version: packageVersion(),
      input: process.stdin,
      output: context.out,
    });
    return 0;
  },
};

/** The gateway of the data folder as it is now; none is started. */
function running(context: Context): Result<TuttiClient> {
  const folder = findFolder(context);
  if (!folder.ok) return folder;
  const url = folder.value?.presence()?.url;
  const how = 'Tutti is not running: start it with tutti up';
  if (!folder.value || !url) return refuse('not_running', how);
  const token = tokenOf(folder.value);
  return token === null ? refuse('not_running', how) : ok(new TuttiClient({ url, token }));
}

function tokenOf(folder: DataFolder): string | null {
  try {
    return readFileSync(folder.file('token'), 'utf8').trim();
  } catch {
    return null; // there is none before the first start
  }
}
