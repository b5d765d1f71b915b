import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Starts one of the programs in fixtures/ as a process of its own; it is gone when the test is over. */
export function program(name: string, ...args: string[]) {
  return start([process.execPath, fixture(name), ...args]);
}

/** The same, but no file it writes may grow beyond so many blocks of 512 or 1024 bytes: the write fails instead. */
export function limitedProgram(blocks: number, name: string, ...args: string[]) {
  const shell = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  return start(['sh', '-c', shell, 'sh', process.execPath, fixture(name), ...args]);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
}

function start([command = '', ...args]: string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // a killed child no longer reads; its exit tells
  const exited = once(child, 'exit');
  const input = createInterface({ input: child.stdout });
  const lines = input[Symbol.asyncIterator]();
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    /** The next line of stdout; null at its end. */
    async line(): Promise<string | null> {
      const { done, value } = await lines.next();
      return done ? null : value;
    },
    async rest(): Promise<string[]> {
      const all: string[] = [];
      for (let line = await this.line(); line !== null; line = await this.line()) all.push(line);
      return all;
    },
    say(text: string) {
      child.stdin.write(`${text}\n`);
    },
    end() {
      child.stdin.end();
    },
    signal(signal: NodeJS.Signals) {
      child.kill(signal);
    },
    exited,
  };
}

/** What SQLite's own check says about the file; `ok` when it is sound. */
export function integrity(file: string): unknown {
  const db = new DatabaseSync(file);
  try {
    return db.prepare('PRAGMA integrity_check').get()?.integrity_check;
  } finally {
    db.close();
  }
}
