import { parseArgs } from 'node:util';
import { visible } from '../../kit/display.ts';
import { nearest } from '../../kit/nearest.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type {
  AnswerMcp,
  EdgeEnvironment,
  GatewayEnvironment,
  OpenDrivers,
  OpenHouse,
  RunEdge,
  ServeMcp,
  StartGateway,
} from '../services.ts';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** Placeholder in the help, for strings. */
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Where words for people go, one line at a time. */
export interface Notes {
  write(text: string): unknown;
}

/** What the door hands to a command: the world, and the other apps. */
export interface Context {
  readonly flags: Flags;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: NodeJS.WriteStream;
  readonly err: Notes;
  /** Aborts when nobody reads the output any more. Without `endsItself` the process is gone by then. */
  readonly unread: AbortSignal;
  readonly services: Services;
}

/** The other apps, loaded when they are asked for. */
export interface Services {
  readonly startGateway: StartGateway;
  readonly openHouse: OpenHouse;
  readonly openDrivers: OpenDrivers;
  readonly gatewayEnvironment: GatewayEnvironment;
  readonly serveMcp: ServeMcp;
  readonly answerMcp: AnswerMcp;
  readonly runEdge: RunEdge;
  readonly edgeEnvironment: EdgeEnvironment;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples?: readonly string[];
  /** Number of words it takes: least and most. */
  readonly words: readonly [number, number];
  /** What to say to who gives more words. */
  readonly tooMany?: string;
  /** True for commands with work to bring to an end when their reader has left. */
  readonly endsItself?: boolean;
  /** @returns the exit code: 0 done, 1 not achieved, 2 the call or the set-up is wrong */
  run(context: Context): Promise<number>;
}

const help: Flag = { type: 'boolean', short: 'h', help: 'Show this help' };

/**
 * Reads the words of a call. Refuses unknown flags, flags without their value, and too few or too many words with one
 * sentence. What stands after `--` is never a flag.
 */
export function readCall(
  command: Command,
  args: readonly string[],
): Result<{ flags: Flags; words: readonly string[] }> {
  const known: Readonly<Record<string, Flag>> = { ...command.flags, help };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { type, short }]) => [name, { type, ...(short ? { short } : {}) }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const flags: Record<string, string | boolean> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    const wrong = flag
      ? wrongValue(token.rawName, flag, token.value, token.inlineValue === true)
      : unknownFlag(token.rawName, known);
    const before = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (before !== undefined && before !== (token.value ?? true))
      return refuse('usage', `${token.rawName} is given twice, "${before}" and "${token.value}": give it once`);
    if (wrong) return refuse('usage', `${wrong}; see tutti ${command.name} --help`);
    flags[token.name] = token.value ?? true;
  }
  const [least, most] = command.words;
  if (flags.help === true) return ok({ flags, words });
  if (words.length > most) return refuse('usage', command.tooMany ?? `usage: tutti ${command.usage}`);
  return words.length < least ? refuse('usage', `usage: tutti ${command.usage}`) : ok({ flags, words });
}

function unknownFlag(given: string, known: Readonly<Record<string, Flag>>): string {
  const meant = given.startsWith('--') ? nearest(given.slice(2), Object.keys(known)) : null;
  return `there is no option ${given}${meant ? `: did you mean --${meant}?` : ''}`;
}

function wrongValue(name: string, flag: Flag, value: string | undefined, inline: boolean): string | null {
  if (flag.type === 'boolean') return value === undefined ? null : `${name} takes no value`;
  const blank = value === undefined || value === '';
  const flagInstead = !inline && value?.startsWith('--') === true && !value.includes(' ');
  return blank || flagInstead ? `${name} needs a value: ${name} ${flag.value ?? 'VALUE'}` : null;
}

export function helpOf(command: Command): string {
  const flags: Readonly<Record<string, Flag>> = { ...command.flags, help };
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : '';
    const left = `${flag.short ? `-${flag.short}, ` : '    '}--${name}${value}`;
    return `  ${left.padEnd(28)} ${flag.help}`;
  });
  const examples = command.examples ? ['', 'Examples:', ...command.examples.map((line) => `  ${line}`)] : [];
  return [`Usage: tutti ${command.usage}`, '', command.summary, '', 'Options:', ...rows, ...examples, ''].join('\n');
}

/** A number given as a flag, or what is wrong with it. */
export function numberFlag(flags: Flags, name: string, least: number, most: number): Result<number | undefined> {
  const given = textFlag(flags, name);
  if (given === undefined) return ok(undefined);
  const value = Number(given);
  if (given.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
    return refuse('usage', `--${name} takes a number from ${least} to ${most}, not "${given}"`);
  }
  return ok(value);
}

/** The port of `--port`; 0 lets the system choose. */
export function portFlag(flags: Flags): Result<number | undefined> {
  const port = numberFlag(flags, 'port', 0, 65_535);
  if (!port.ok || port.value === undefined || Number.isInteger(port.value)) return port;
  return refuse('usage', `--port takes a whole number, not "${flags.port}"`);
}

export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** Prints one error line, whatever the message holds, and answers exit code 2. */
export function wrongCall(context: Pick<Context, 'err'>, message: string): number {
  context.err.write(`tutti: ${visible(message.trimEnd())}\n`);
  return 2;
}

/** Colours are for terminals whose person has not asked for none. Source: no-color.org. */
export function usesColours({ out, env }: Pick<Context, 'out' | 'env'>): boolean {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
