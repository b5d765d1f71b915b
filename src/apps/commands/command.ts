import { parseArgs } from 'node:util';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { GatewayEnvironment, OpenDrivers, OpenHouse, StartGateway } from '../services.ts';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** Placeholder in the help, for strings. */
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** What the door hands to a command: the world, and the other apps. */
export interface Context {
  readonly flags: Flags;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly services: Services;
}

/** The other apps, loaded when they are asked for. */
export interface Services {
  readonly startGateway: StartGateway;
  readonly openHouse: OpenHouse;
  readonly openDrivers: OpenDrivers;
  readonly gatewayEnvironment: GatewayEnvironment;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples?: readonly string[];
  /** Number of words it takes: least and most. */
  readonly words: readonly [number, number];
  /** @returns the exit code: 0 done, 1 not achieved, 2 the call or the set-up is wrong */
  run(context: Context): Promise<number>;
}

/** Reads the words of a call. Refuses unknown flags and too few or too many words with one sentence. */
export function readCall(command: Command, args: readonly string[]): Result<{ flags: Flags; words: readonly string[] }> {
  const options = Object.fromEntries(
    Object.entries({ ...command.flags, help: { type: 'boolean', short: 'h', help: '' } as Flag }).map(([name, flag]) => [
      name,
      { type: flag.type, ...(flag.short ? { short: flag.short } : {}) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [least, most] = command.words;
    if (values.help !== true && (positionals.length < least || positionals.length > most)) {
      return refuse('usage', `usage: tutti ${command.usage}`);
    }
    return ok({ flags: values as Flags, words: positionals });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    return refuse('usage', `${message}; see tutti ${command.name} --help`);
  }
}

export function helpOf(command: Command): string {
  const rows = Object.entries({ ...command.flags, help: { type: 'boolean', short: 'h', help: 'Show this help' } as Flag }).map(
    ([name, flag]) => {
      const left = `${flag.short ? `-${flag.short}, ` : '    '}--${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`;
      return `  ${left.padEnd(28)} ${flag.help}`;
    },
  );
  const examples = command.examples ? ['', 'Examples:', ...command.examples.map((line) => `  ${line}`)] : [];
  return [`Usage: tutti ${command.usage}`, '', command.summary, '', 'Options:', ...rows, ...examples, ''].join('\n');
}

/** A number given as a flag, or what is wrong with it. */
export function numberFlag(flags: Flags, name: string, least: number, most: number): Result<number | undefined> {
  const given = flags[name];
  if (given === undefined) return ok(undefined);
  const value = Number(given);
  if (given === '' || !Number.isFinite(value) || value < least || value > most) {
    return refuse('usage', `--${name} takes a number from ${least} to ${most}, not "${String(given)}"`);
  }
  return ok(value);
}

export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** Prints one error line and answers exit code 2. */
export function wrongCall(context: Pick<Context, 'err'>, message: string): number {
  context.err.write(`tutti: ${message}\n`);
  return 2;
}
