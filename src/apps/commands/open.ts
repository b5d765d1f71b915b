import { spawn } from 'node:child_process';
import type { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { TuttiClient } from '../../wire/client.ts';
import type { linkBody } from '../../wire/sign-in.ts';
import { type Scope, scopes } from '../../wire/token.ts';
import { type Command, type Context, numberFlag, textFlag, wrongCall } from './command.ts';
import { running } from './running.ts';
import { storeFlags, withJob } from './store.ts';

type Asked = z.input<typeof linkBody>;

export const open: Command = {
  name: 'open',
  summary: 'Sign in at the page of a running tutti up: prints a link that works once, and at a terminal opens it.',
  usage: 'open [JOB] [options]',
  words: [0, 1],
  flags: {
    share: { type: 'boolean', help: 'A link for somebody else: to look at this job, and nothing more' },
    days: { type: 'string', value: 'N', help: 'Signed out after N days (default: 30; with --share: 7)' },
    scope: { type: 'string', value: 'SCOPES', help: 'What the page may do (default: read,submit,control)' },
    print: { type: 'boolean', help: 'Only print the link' },
    ...storeFlags,
  },
  examples: ['tutti open', 'tutti open latest --share --days 2'],
  async run(context) {
    const asked = bodyOf(context);
    if (!asked.ok) return wrongCall(context, asked.error.message);
    const tutti = running(context);
    if (!tutti.ok) return wrongCall(context, tutti.error.message);
    const made = (job: string | null) => show(context, tutti.value, asked.value, job);
    return context.words[0] === undefined ? made(null) : withJob(context, ({ spec }) => made(spec.job_id));
  },
};

/** @param job whose page is opened; with `--share` it is all there is to see */
async function show(context: Context, tutti: TuttiClient, asked: Asked, job: string | null): Promise<number> {
  const isShared = context.flags.share === true && job !== null;
  const link = await tutti.signInLink(isShared ? { ...asked, job } : asked);
  if (!link.ok) return wrongCall(context, link.error.message);
  const url = isShared || job === null ? link.value.url : `${link.value.url}&session=${job}`;
  context.out.write(`${url}\n`);
  const opens = context.out.isTTY === true && context.flags.print !== true && !isShared;
  if (opens) openPage(url);
  return 0;
}

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [program: string, ...words: string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Hands the address to the browser of the person, without a shell. Where there is none, the printed link is there. */
function openPage(url: string): void {
  const [program, ...words] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // No opener here: the link was printed.
  });
  child.unref();
}

function bodyOf({ flags, words }: Context): Result<Asked> {
  const days = numberFlag(flags, 'days', 0.001, 30);
  if (!days.ok) return days;
  const given = textFlag(flags, 'scope')
    ?.split(',')
    .map((one) => one.trim());
  const unknown = given?.find((one) => !(scopes as readonly string[]).includes(one));
  if (unknown !== undefined) return refuse('usage', `--scope takes ${scopes.join(', ')}, not "${unknown}"`);
  if (flags.share === true && words.length === 0) return refuse('usage', 'usage: tutti open JOB --share');
  if (flags.share === true && given) return refuse('usage', '--share is for looking: leave --scope out');
  const chosen: Scope[] = scopes.filter((scope) => given?.includes(scope));
  return ok({ ...(given ? { scopes: chosen } : {}), ...(days.value === undefined ? {} : { days: days.value }) });
}
