import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BrowserStep } from '../../domain/browser/task.ts';

const state = z.object({
  task: z.string(),
  start: z.string().nullable(),
  approved: z.array(z.string()),
  /** What the last run ended with: a confirmation its model wants, or a question of its own. */
  asked: z.object({ kind: z.enum(['confirm', 'ask']), text: z.string() }).nullable(),
  answers: z.array(z.object({ question: z.string(), answer: z.string() })),
});
export type BrowserState = z.infer<typeof state>;

/** What a browser job keeps in its folder: its state, its steps and the pictures, each named by its content. */
export class BrowserFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async open(): Promise<void> {
    await mkdir(join(this.path, 'pictures'), { recursive: true });
  }

  /** The state an earlier run left; null when there is none that can be read. */
  async state(): Promise<BrowserState | null> {
    const text = await readFile(join(this.path, 'state.json'), 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return state.parse(JSON.parse(text));
    } catch {
      return null; // cut short by a crash: the task begins anew
    }
  }

  async keepState(value: BrowserState): Promise<void> {
    await writeFile(join(this.path, 'state.json'), JSON.stringify(value));
  }

  async steps(): Promise<readonly BrowserStep[]> {
    const text = await readFile(join(this.path, 'steps.jsonl'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as BrowserStep];
      } catch {
        return []; // the line a crash cut short, and the end of the file
      }
    });
  }

  async keepStep(step: BrowserStep): Promise<void> {
    await appendFile(join(this.path, 'steps.jsonl'), `${JSON.stringify(step)}\n`);
  }

  /** Keeps a picture under its SHA-256; the same picture is kept once. */
  async keepPicture(picture: Uint8Array): Promise<string> {
    const name = createHash('sha256').update(picture).digest('hex');
    await writeFile(join(this.path, 'pictures', `${name}.png`), picture, { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    return name;
  }

  picture(name: string): Promise<Buffer> {
    return readFile(join(this.path, 'pictures', `${name}.png`));
  }
}
