import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Processes, SpawnFailure } from '../../ports/processes.ts';
import { SystemChild } from './child.ts';
import { Guard } from './guard.ts';
import { pidsMarked, sendMarked } from './proc-table.ts';

/** Looks at the process table, this long apart, until nothing is left: asked politely first, then not. */
const ROUND_MS = 20;
const POLITE_ROUNDS = 50;
const ROUNDS = 500;

/**
 * Real processes. Each child leads its own group and carries TUTTI_OWNER (this program, for the guard) and
 * TUTTI_SPAWN (this child, for its left-overs) in its environment.
 */
export function systemProcesses(options: { readonly clock: Clock }): Processes {
  const owner = randomUUID();
  const guard = new Guard(owner);
  const alive = new Set<SystemChild>();
  return {
    async spawn(spec) {
      const [program, ...args] = spec.command;
      if (!program) return refuse('not_found', 'no program was named');
      if (!isFolder(spec.cwd)) return refuse('bad_folder', `the working folder ${spec.cwd} does not exist`);
      guard.start();
      const mark = randomUUID();
      const launched = await launch(program, args, {
        cwd: spec.cwd,
        env: { ...spec.env, TUTTI_OWNER: owner, TUTTI_SPAWN: mark },
        stdio: [spec.stdin, 'pipe', 'pipe'],
        detached: true,
      });
      if (!launched.ok) return spawnRefusal(program, launched.error);
      const started = new SystemChild(launched.value, launched.value.pid ?? 0, mark, spec, options.clock);
      alive.add(started);
      void started.exited.then(() => alive.delete(started));
      return ok(started);
    },
    async endMarked(name, value) {
      const ended = new Set<number>();
      for (let round = 0; round < ROUNDS; round++) {
        const left = pidsMarked(name, value);
        if (left.length === 0) break;
        const polite = round < POLITE_ROUNDS;
        for (const pid of left.filter((one) => !polite || !ended.has(one))) {
          if (sendMarked(pid, name, value, polite ? 'SIGTERM' : 'SIGKILL')) ended.add(pid);
        }
        await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      }
      return ended.size;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...alive].map((child) => child.stop({ graceMs: 2_000 })));
      guard.stop();
    },
  };
}

/** Node throws some spawn errors at once and emits others later; both become data here. */
function launch(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Result<ChildProcess, NodeJS.ErrnoException>> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ ok: false, error });
    try {
      const child = spawn(program, args, options);
      child.once('spawn', () => resolve(ok(child)));
      child.once('error', fail);
    } catch (error) {
      fail(error as NodeJS.ErrnoException);
    }
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function spawnRefusal(program: string, error: NodeJS.ErrnoException) {
  const codes: Record<string, SpawnFailure> = {
    ENOENT: 'not_found',
    EACCES: 'not_executable',
    ENOEXEC: 'not_executable',
    E2BIG: 'too_large',
  };
  const code = codes[error.code ?? ''] ?? 'spawn_failed';
  const text = {
    not_found: `${program} was not found`,
    not_executable: `${program} cannot be executed`,
    too_large: `the command line of ${program} is too long`,
    spawn_failed: `${program} could not be started: ${error.message}`,
    bad_folder: 'the working folder does not exist',
  }[code];
  return refuse<SpawnFailure>(code, text);
}
