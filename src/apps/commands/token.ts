import { addToken, readTokens, removeToken } from '../../adapters/token-file/tokens.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Scope, scopes } from '../../wire/token.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { openFolder, storeFlags } from './store.ts';

export const token: Command = {
  name: 'token',
  summary: 'Give programs tokens with rights of their own, and take them back. The gateway follows at once.',
  usage: 'token add NAME --scope SCOPES | list | remove NAME',
  words: [1, 2],
  flags: {
    scope: {
      type: 'string',
      value: 'SCOPES',
      help: `What it may do, with commas: ${scopes.join(', ')} (default: read)`,
    },
    json: { type: 'boolean', help: 'Print JSON' },
    ...storeFlags,
  },
  examples: ['tutti token add voice --scope read,submit', 'tutti token remove voice'],
  async run(context) {
    const [verb, name] = context.words;
    const wants = verb === 'list' ? 1 : 2;
    if (!['add', 'list', 'remove'].includes(verb ?? '') || context.words.length !== wants) {
      return wrongCall(context, 'usage: tutti token add NAME --scope SCOPES | list | remove NAME');
    }
    const folder = openFolder(context);
    if (!folder.ok) return wrongCall(context, folder.error.message);
    const path = folder.value.file('tokens.json');
    if (verb === 'list') return list(context, path);
    return verb === 'add' ? add(context, path, name ?? '') : remove(context, path, name ?? '');
  },
};

function add(context: Context, path: string, name: string): number {
  const asked = (textFlag(context.flags, 'scope') ?? 'read').split(',').map((one) => one.trim());
  const chosen = scopes.filter((scope) => asked.includes(scope));
  const unknown = asked.find((one) => !(scopes as readonly string[]).includes(one));
  if (unknown !== undefined) return wrongCall(context, `--scope takes ${scopes.join(', ')}, not "${unknown}"`);
  return made(context, path, name, chosen);
}

function made(context: Context, path: string, name: string, chosen: readonly Scope[]): number {
  const added = addToken(path, name, chosen, systemClock.now());
  if (!added.ok) return wrongCall(context, added.error.message);
  if (context.flags.json === true) {
    context.out.write(`${JSON.stringify({ name, token: added.value, scopes: chosen })}\n`);
    return 0;
  }
  context.out.write(`${added.value}\n`);
  context.err.write(`this is the token of "${name}" (${chosen.join(', ')}); it is shown this once\n`);
  return 0;
}

function remove(context: Context, path: string, name: string): number {
  const removed = removeToken(path, name);
  if (!removed.ok) return wrongCall(context, removed.error.message);
  context.out.write(`the token "${name}" is taken back\n`);
  return 0;
}

function list(context: Context, path: string): number {
  const known = readTokens(path);
  if (!known.ok) return wrongCall(context, known.error.message);
  const shown = known.value.map(({ name, scopes: own, created_at }) => ({ name, scopes: own, created_at }));
  if (context.flags.json === true) context.out.write(`${JSON.stringify(shown)}\n`);
  else if (shown.length === 0) context.out.write('there is the main token alone\n');
  else
    for (const one of shown)
      context.out.write(`${one.name.padEnd(20)} ${one.scopes.join(', ').padEnd(24)} ${one.created_at}\n`);
  return 0;
}
