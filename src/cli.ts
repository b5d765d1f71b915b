import { packageVersion } from './adapters/package-files/package.ts';
import { type Command, type Context, helpOf, readCall } from './apps/commands/command.ts';

/** Every command, loaded when it is called: a call pays only for what it uses. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./apps/commands/up.ts')).up,
  run: async () => (await import('./apps/commands/run.ts')).run,
  status: async () => (await import('./apps/commands/status.ts')).status,
  events: async () => (await import('./apps/commands/events.ts')).events,
  diff: async () => (await import('./apps/commands/diff.ts')).diff,
  apply: async () => (await import('./apps/commands/apply.ts')).apply,
  stop: async () => (await import('./apps/commands/stop.ts')).stop,
  doctor: async () => (await import('./apps/commands/doctor.ts')).doctor,
  simulate: async () => (await import('./apps/commands/simulate.ts')).simulateCommand,
  demo: async () => (await import('./apps/commands/demo.ts')).demo,
};

const services: Context['services'] = {
  startGateway: async (options) => (await import('./apps/gateway/gateway.ts')).startGateway(options),
  openHouse: async (options) => (await import('./apps/worker/house.ts')).openHouse(options),
  openDrivers: async (options) => (await import('./apps/worker/house.ts')).openDrivers(options),
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
    stdout.write(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    stdout.write(`tutti ${packageVersion()}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    stderr.write(`tutti: there is no command "${name}"; tutti --help lists them\n`);
    return 2;
  }
  const command = await load();
  const call = readCall(command, rest);
  if (!call.ok) {
    stderr.write(`tutti: ${call.error.message}\n`);
    return 2;
  }
  if (call.value.flags.help === true) {
    stdout.write(helpOf(command));
    return 0;
  }
  const { env } = process;
  return command.run({ ...call.value, env, cwd: process.cwd(), out: stdout, err: stderr, services });
}
