import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 24 * 3_600_000;
const CLOSE_MS = 5 * 60_000;

/**
 * Gemini CLI names a session's file by its minute and the start of its id, and opening a session writes an empty history
 * to the name of now: resumed within the minute it began, a session would erase itself. Its file gets an older name.
 * Empty histories that earlier openings left are removed: at its start the program clears them away, and with them every
 * file of the same id.
 * @param home the folder that holds `.gemini`
 * @param now epoch milliseconds
 */
export async function keepSessionFile(home: string, session: string, now: number): Promise<void> {
  const id = session.slice(0, 8);
  const projects = join(home, '.gemini', 'tmp');
  for (const project of await entries(projects)) {
    const chats = join(projects, project, 'chats');
    const own = (await entries(chats)).filter((file) => file.endsWith(`-${id}.jsonl`));
    const texts = await Promise.all(own.map((file) => readFile(join(chats, file), 'utf8')));
    const spoken = own.filter((_, i) => texts[i]?.includes('"type":"gemini"'));
    if (spoken.length === 0) continue;
    for (const file of own) if (!spoken.includes(file)) await rm(join(chats, file), { force: true });
    for (const file of spoken) await giveOlderName(chats, file, now);
  }
}

async function giveOlderName(chats: string, file: string, now: number): Promise<void> {
  const [, date, hour, minute, rest] = /^session-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)(-.*)$/.exec(file) ?? [];
  const at = Date.parse(`${date}T${hour}:${minute}:00Z`);
  if (!date || Math.abs(now - at) > CLOSE_MS) return;
  const older = new Date(at - DAY_MS).toISOString().slice(0, 16).replace(':', '-');
  await rename(join(chats, file), join(chats, `session-${older}${rest}`));
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // no such folder: nothing to keep
  }
}
