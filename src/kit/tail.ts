import { open } from 'node:fs/promises';

/**
 * The last whole lines of a file, in their order, at most `lines` of them from at most `bytes` of its end. Empty lines
 * and a first line that is cut are left out; a file that is not there has none.
 */
export async function tailLines(path: string, lines: number, bytes: number): Promise<readonly string[]> {
  const file = await open(path, 'r').catch(() => null); // not there yet: nothing was said
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    const whole = from > 0 ? text.slice(1) : text;
    return whole.filter((line) => line.trim() !== '').slice(-lines);
  } finally {
    await file.close();
  }
}
