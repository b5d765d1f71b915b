import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Result } from '../kit/result.ts';

/** What an agent may ask the browser for. */
export const lookAsked = z.strictObject({
  task: z.string().trim().min(1).max(8_000),
  url: z.string().trim().min(1).max(4_096).nullish(),
});
export type LookAsked = z.infer<typeof lookAsked>;

/** Does what was asked; the signal aborts when nobody waits for it any more. The text is for the agent that asked. */
export type Look = (asked: LookAsked, signal: AbortSignal) => Promise<Result<string>>;

/** A longer request is none. Characters. */
const MAX_REQUEST = 32_768;

/**
 * Where the tools of one run reach us: a socket that only this user can open, under a name nobody can guess. One line of
 * JSON comes (`LookAsked`), one goes (`{"ok":true,"text":"…"}`, or false with what is wrong).
 */
export class LookDoor implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(folder: string, path: string, server: Server) {
    this.#folder = folder;
    this.path = path;
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @throws the system's own error where no socket can be had */
  static async open(look: Look): Promise<LookDoor> {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-look-')); // short: the path of a socket has little room
    const path = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/[\\/:]/g, '-')}` : join(folder, 's');
    const server = createServer((socket) => serve(socket, look));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    return new LookDoor(folder, path, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function serve(socket: Socket, look: Look): void {
  const gone = new AbortController();
  let heard = '';
  let isAsked = false;
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => gone.abort());
  socket.on('data', (chunk: string) => {
    if (isAsked) return;
    heard += chunk;
    if (heard.length > MAX_REQUEST) return void socket.destroy();
    const end = heard.indexOf('\n');
    if (end === -1) return;
    isAsked = true;
    void answer(heard.slice(0, end), look, gone.signal).then((text) => socket.end(`${text}\n`));
  });
}

async function answer(line: string, look: Look, signal: AbortSignal): Promise<string> {
  const asked = lookAsked.safeParse(parse(line));
  const wrong = '"task" must say what to look at, and "url" may say where';
  if (!asked.success) return JSON.stringify({ ok: false, text: wrong });
  try {
    const done = await look(asked.data, signal);
    return JSON.stringify(done.ok ? { ok: true, text: done.value } : { ok: false, text: done.error.message });
  } catch (error) {
    return JSON.stringify({ ok: false, text: `the browser could not be used: ${error}` });
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
