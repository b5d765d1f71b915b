import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends everything that carries the owner's mark once our process is gone, however it went: kill -9 included.
 * The guard is a shell that waits for the end of its stdin, which only our death or `stop` can cause. It asks politely
 * first, so that programs remove their lock files, and does not for long. Each process is looked at again just before: its
 * pid may have become another's.
 */
const script = `
while read -r _; do :; done
signal=TERM
for round in 1 2 3 4 5 6 7 8 9 10; do
  found=$(grep -lF "TUTTI_OWNER=$1" /proc/[0-9]*/environ 2>/dev/null)
  [ -n "$found" ] || [ "$round" -lt 3 ] || exit 0
  for file in $found; do
    pid=\${file#/proc/}
    grep -qF "TUTTI_OWNER=$1" "$file" 2>/dev/null && kill "-$signal" "\${pid%/environ}" 2>/dev/null
  done
  [ "$round" -lt 3 ] || signal=KILL
  sleep 0.2
done`;

export class Guard {
  #shell: ChildProcess | null = null;
  readonly #owner: string;

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Starts the guard with the first child; later calls do nothing. */
  start(): void {
    if (this.#shell || process.platform !== 'linux') return;
    const shell = spawn('/bin/sh', ['-c', script, 'tutti-guard', this.#owner], {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell.on('error', () => {
      // Without a shell there is no guard; the sweep at the next start still ends left-overs.
    });
    shell.unref();
    const input = shell.stdin as unknown as { unref?: () => void; on(event: 'error', listen: () => void): void };
    input.unref?.();
    input.on('error', () => {
      // The guard was ended from outside; nothing more to tell it.
    });
    this.#shell = shell;
  }

  stop(): void {
    this.#shell?.stdin?.end();
    this.#shell = null;
  }
}
