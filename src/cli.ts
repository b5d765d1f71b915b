import { packageVersion } from './adapters/package-files/package.ts';
import { type Command, type Context, helpOf, readCall, wrongCall } from './apps/commands/command.ts';
import { nearest } from './kit/nearest.ts';
import { EngineFailure } from './ports/engine.ts';

/** Every command, loaded when it is called: a call pays only for what it uses. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./apps/commands/up.ts')).up,
  run: async () => (await import('./apps/commands/run.ts')).run,
  status: async () => (await import('./apps/commands/status.ts')).status,
  events: async () => (await import('./apps/commands/events.ts')).events,
  diff: async () => (await import('./apps/commands/diff.ts')).diff,
  apply: async () => (await import('./apps/commands/apply.ts')).apply,
  pause: async () => (await import('./apps/commands/controls.ts')).pause,
  resume: async () => (await import('./apps/commands/resume.ts')).resume,
  stop: async () => (await import('./apps/commands/controls.ts')).stop,
  review: async () => (await import('./apps/commands/controls.ts')).review,
  answer: async () => (await import('./apps/commands/controls.ts')).answer,
  retry: async () => (await import('./apps/commands/resume.ts')).retry,
  steer: async () => (await import('./apps/commands/controls.ts')).steer,
  budget: async () => (await import('./apps/commands/controls.ts')).budget,
  edge: async () => (await import('./apps/commands/edge.ts')).edge,
  costs: async () => (await import('./apps/commands/costs.ts')).costs,
  doctor: async () => (await import('./apps/commands/doctor.ts')).doctor,
  replay: async () => (await import('./apps/commands/replay.ts')).replay,
  route: async () => (await import('./apps/commands/route.ts')).route,
  recover: async () => (await import('./apps/commands/recover.ts')).recover,
  token: async () => (await import('./apps/commands/token.ts')).token,
  open: async () => (await import('./apps/commands/open.ts')).open,
  mcp: async () => (await import('./apps/commands/mcp.ts')).mcp,
  stream: async () => (await import('./apps/commands/stream.ts')).stream,
  vad: async () => (await import('./apps/commands/vad.ts')).vad,
  traces: async () => (await import('./apps/commands/traces.ts')).traces,
  simulate: async () => (await import('./apps/commands/simulate.ts')).simulateCommand,
  demo: async () => (await import('./apps/commands/demo.ts')).demo,
};

const services: Context['services'] = {
  startGateway: async (options) => (await import('./apps/gateway/gateway.ts')).startGateway(options),
  openHouse: async (options) => (await import('./apps/worker/house.ts')).openHouse(options),
  openDrivers: async (options) => (await import('./apps/worker/house.ts')).openDrivers(options),
  serveMcp: async (options) => (await import('./apps/mcp/server.ts')).serveMcp(options),
  answerMcp: async (options) => (await import('./apps/mcp/http.ts')).answerMcp(options),
  runEdge: async (call) => (await import('./apps/edge/edge.ts')).runEdge(call),
  edgeEnvironment: async (env, folder) => (await import('./apps/edge/env.ts')).edgeEnvironment(env, folder),
  gatewayEnvironment: async (env, folder) => (await import('./apps/worker/house.ts')).gatewayEnvironment(env, folder),
};

async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.values(commands).map(async (load) => {
      const { name, summary } = await load();
      return `  ${name.padEnd(10)} ${summary.split('. ')[0]?.replace(/\.$/, '')}`;
    }),
  );
  return [
    'Usage: tutti COMMAND [options]',
    '',
    'You give a task; a team of coding agents does it side by side and checks each other’s work.',
    '',
    'Commands:',
    ...rows,
    '',
    'tutti COMMAND --help tells more. A first try that costs nothing: tutti demo',
    '',
  ].join('\n');
}

/** Runs one call of the command line; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { stdout, stderr } = process;
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = name === 'help' && rest[0] !== undefined ? [rest[0], '--help'] : null;
    if (about) return main(about);
    (name === undefined ? stderr : stdout).write(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    stdout.write(`tutti ${packageVersion()}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) return wrongCall({ err: stderr }, unknownCommand(name));
  const command = await load();
  const unread = watchReader(command.endsItself === true);
  const call = readCall(command, rest);
  if (!call.ok) return wrongCall({ err: stderr }, call.error.message);
  if (call.value.flags.help === true) {
    stdout.write(helpOf(command));
    return 0;
  }
  const { env } = process;
  try {
    return await command.run({ ...call.value, env, cwd: process.cwd(), out: stdout, err: stderr, unread, services });
  } catch (error) {
    // The store and the system refuse for reasons of the set-up; anything else is a bug and shows where it is.
    const refused = error instanceof EngineFailure || (error instanceof Error && 'syscall' in error);
    if (refused) return wrongCall({ err: stderr }, error.message);
    throw error;
  }
}

function unknownCommand(name: string): string {
  if (/\s/.test(name)) return `there is no command "${name.slice(0, 60)}"; to give it as a task: tutti run "…"`;
  const meant = nearest(name, Object.keys(commands));
  return `there is no command "${name}"${meant ? `: did you mean tutti ${meant}?` : ''}; tutti --help lists them`;
}

/** A reader that closes the pipe early (`tutti events | head`) is no error: there is nothing more to say. */
function watchReader(endsItself: boolean): AbortSignal {
  const gone = new AbortController();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isGone(error)) throw error;
    if (!endsItself) process.exit(0);
    gone.abort();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (!isGone(error)) throw error;
  });
  return gone.signal;
}

/** The pipe's other end was closed, or the terminal with its window. */
function isGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO' || code === 'ERR_STREAM_DESTROYED';
}
