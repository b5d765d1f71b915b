/**
 * Wakes those who wait for a job's journal or for the queue: at once when this process committed something, within
 * the poll when another one did. Polls only while somebody waits.
 */
export class Bell {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #pollMs: number;
  readonly #version: () => number | null;
  #seen: number | null;
  #polling = false;
  closed = false;

  /** @param version changes when another process commits; null when it cannot be told just now. */
  constructor(pollMs: number, version: () => number | null) {
    this.#pollMs = pollMs;
    this.#version = version;
    this.#seen = version();
  }

  /** Resolves at the next ring for the topic, at any change by another process, on abort, or when `until` wakes it. */
  wait(topic: string, signal: AbortSignal, until?: (wake: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const topicWaiters = this.#waiting.get(topic) ?? new Set();
      const wake = () => {
        topicWaiters.delete(wake);
        if (topicWaiters.size === 0 && this.#waiting.get(topic) === topicWaiters) this.#waiting.delete(topic);
        signal.removeEventListener('abort', wake);
        cancel?.();
        resolve();
      };
      topicWaiters.add(wake);
      this.#waiting.set(topic, topicWaiters);
      signal.addEventListener('abort', wake, { once: true });
      const cancel = until?.(wake);
      this.#poll();
    });
  }

  ring(topic: string): void {
    for (const wake of [...(this.#waiting.get(topic) ?? [])]) wake();
  }

  ringAll(): void {
    for (const topic of [...this.#waiting.keys()]) this.ring(topic);
  }

  close(): void {
    this.closed = true;
    this.ringAll();
  }

  // Real time: what is waited for is another process, which no injected clock moves. The timer keeps this process
  // alive: one that only waits for work must not end.
  #poll(): void {
    if (this.#polling) return;
    this.#polling = true;
    setTimeout(() => {
      this.#polling = false;
      if (this.closed || this.#waiting.size === 0) return;
      const version = this.#version();
      if (version !== this.#seen) {
        this.#seen = version;
        this.ringAll();
      }
      if (this.#waiting.size > 0) this.#poll();
    }, this.#pollMs);
  }
}
