import { join } from 'node:path';
import { clip } from '../domain/agent-event.ts';
import type { ExitStatus } from '../domain/event.ts';
import { ok, type Result } from '../kit/result.ts';
import { commandEnvironment } from './environment.ts';
import type { Workshop } from './workshop.ts';

const OUTPUT_MAX = 16 * 1024;

export interface Checked {
  readonly exit: ExitStatus;
  readonly ok: boolean;
  /** The last part of what it printed, both streams together. */
  readonly output: string;
  readonly duration_ms: number;
}

/** Runs a check command in a folder, as a shell line. Null when the signal ended it before its time. */
export async function runCheck(
  shop: Workshop,
  job: string,
  place: { readonly cwd: string; readonly temporary: string; readonly log: string },
  command: string,
  signal: AbortSignal,
): Promise<Result<Checked | null>> {
  const startedAt = shop.clock.now();
  const child = await shop.processes.spawn({
    command: ['/bin/sh', '-c', `exec 2>&1; ${command}`],
    cwd: place.cwd,
    env: commandEnvironment(shop.env, job, place.temporary),
    stdin: 'ignore',
    rawLog: join(place.log, 'verify.log'),
    maxLineBytes: OUTPUT_MAX,
  });
  if (!child.ok) return child;
  const stop = () => void child.value.stop();
  signal.addEventListener('abort', stop, { once: true });
  let output = '';
  for await (const line of child.value.lines) {
    output = `${output}${line.kind === 'line' ? line.text : line.head}\n`.slice(-OUTPUT_MAX);
  }
  const exit = await child.value.exited;
  signal.removeEventListener('abort', stop);
  if (signal.aborted) return ok(null);
  const duration_ms = shop.clock.now() - startedAt;
  return ok({ exit, ok: exit.code === 0, output: clip(output, OUTPUT_MAX), duration_ms });
}
