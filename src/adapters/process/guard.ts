import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends everything that carries the owner's mark once our process is gone, however it went: kill -9 included.
 * The guard is a shell that waits for the end of its stdin, which only our death or `stop` can cause.
 */
const script = `
while read -r _; do :; done
for round in 1 2 3 4 5; do
  found=
  for file in /proc/[0-9]*/environ; do
    if tr '\\0' '\\n' < "$file" 2>/dev/null | grep -qx "TUTTI_OWNER=$1"; then
      pid=\${file#/proc/}; kill -9 "\${pid%/environ}" 2>/dev/null && found=1
    fi
  done
  [ -n "$found" ] || [ "$round" -lt 2 ] || exit 0
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
