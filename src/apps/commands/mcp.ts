import { packageVersion } from '../../adapters/package-files/package.ts';
import { type Command, wrongCall } from './command.ts';
import { running } from './running.ts';
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
