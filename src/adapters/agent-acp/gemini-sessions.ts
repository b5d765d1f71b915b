import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 24 * 3_600_000;
const CLOSE_MS = 5 * 60_000;

/**
 * Gemini CLI names a session's file by its minute and the start of its id, and opening a session writes an empty history
 * to the name of now: resumed within the minute it began, a session would erase itself. Its file gets an older name.
 * @param home the folder that holds `.gemini`
 * @param now epoch milliseconds
 */
export async function keepSessionFile(home: string, session: string, now: number): Promise<void> {
  const projects = join(home, '.gemini', 'tmp');
  for (const project of await entries(projects)) {
    const chats = join(projects, project, 'chats');
    for (const file of await entries(chats)) {
      const [, date, hour, minute] = /^session-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-/.exec(file) ?? [];
      if (!date || !file.endsWith(`-${session.slice(0, 8)}.jsonl`)) continue;
      const at = Date.parse(`${date}T${hour}:${minute}:00Z`);
      if (Math.abs(now - at) > CLOSE_MS) continue;
      const older = new Date(at - DAY_MS).toISOString().slice(0, 16).replace(':', '-');
      const name = `session-${older}-${session.slice(0, 8)}.jsonl`;
      await rename(join(chats, file), join(chats, name));
    }
  }
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // no such folder: nothing to keep
  }
}
