import { rename, writeFile } from 'node:fs/promises';

/** Writes a small file so that it is there whole after a power cut, or not at all. */
export async function keep(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { flush: true });
  await rename(fresh, path);
}
