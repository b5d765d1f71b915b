import type { ReadStream } from 'node:tty';

/** A line that is being typed. */
export interface Typed {
  /** What stands in the line now. */
  readonly line: string;
  /** What was sent with Enter; null when nothing was. */
  readonly entered: string | null;
  /** Ctrl-C was typed. */
  readonly interrupted: boolean;
}

/** Longer answers belong into `tutti answer`. Characters. */
const MAX_LINE = 2_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
const keys = /\x1b(?:\[[\d;?]*[ -/]*[@-~]|O.|.)?|[^\x1b]/gsu;

/**
 * What a chunk of keys makes of the line before it: Enter sends it, Backspace and Ctrl-U take back, arrows and other keys
 * that write nothing are passed over. What follows an Enter in the same chunk was pasted and is dropped: it must not
 * answer a question nobody has read.
 */
export function type(before: string, chunk: string): Typed {
  let line = before;
  for (const [key] of chunk.matchAll(keys)) {
    if (key === '\x03') return { line: '', entered: null, interrupted: true };
    if (key === '\r' || key === '\n') {
      const said = line.trim();
      return { line: '', entered: said === '' ? null : said, interrupted: false };
    }
    if (key === '\x7f' || key === '\b') line = [...line].slice(0, -1).join('');
    else if (key === '\x15') line = '';
    else if (key >= ' ' && line.length + key.length <= MAX_LINE) line += key;
  }
  return { line, entered: null, interrupted: false };
}

export interface Typist {
  /** Begins or ends to listen. */
  listen(on: boolean): void;
}

/**
 * Listens to the person at the terminal. With `raw` each key is ours, and `shown` gets the line as it grows; else the
 * terminal edits and echoes it itself.
 */
export function typist(
  stdin: ReadStream,
  raw: boolean,
  heard: { readonly shown: (line: string) => void; readonly entered: (line: string) => void },
): Typist {
  let line = '';
  let listening = false;
  const take = (chunk: string) => {
    const typed = type(line, chunk);
    line = typed.line;
    heard.shown(line);
    if (typed.interrupted) process.kill(process.pid, 'SIGINT'); // what the terminal would have made of the key
    if (typed.entered !== null) heard.entered(typed.entered);
  };
  return {
    listen(on) {
      if (on === listening) return;
      listening = on;
      line = '';
      if (raw) stdin.setRawMode(on);
      if (on) stdin.setEncoding('utf8').on('data', take).resume();
      else stdin.off('data', take).pause();
    },
  };
}
