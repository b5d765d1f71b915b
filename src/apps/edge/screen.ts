import { ReadStream } from 'node:tty';
import { cut, visible } from '../../kit/display.ts';
import type { Edge, Shown } from '../../runtime/voice/edge.ts';
import type { EdgeCall } from '../services.ts';

/** The meter is drawn anew so often. Milliseconds. */
const DRAW_MS = 100;
/** The quietest level the meter shows. Decibels below full scale. */
const QUIET_DB = 60;
const METER = 20;

/** What a person sees of an edge, and the keys they have. */
export interface EdgeScreen extends Disposable {
  show(shown: Shown): void;
  /** Begins to draw and to listen to keys. */
  open(edge: Edge): void;
}

const marks: Readonly<Record<Exclude<Shown['type'], 'speaking' | 'partial'>, string>> = {
  heard: '›',
  said: '‹',
  note: '!',
};

/** Lines where words are printed or read by a program; on a terminal a meter below them and keys. */
export function edgeScreen(
  { out, flags }: Pick<EdgeCall, 'out' | 'flags'>,
  isPush: boolean,
  quit: () => void,
): EdgeScreen {
  if (flags.json === true) return lines((one) => `${JSON.stringify(one)}\n`, out, true);
  if (out.isTTY !== true || !(process.stdin instanceof ReadStream)) {
    return lines((one) => (one.type === 'speaking' ? '' : `${textOf(one)}\n`), out, false);
  }
  return new Terminal(out, process.stdin, isPush, quit);
}

function textOf(shown: Exclude<Shown, { readonly type: 'speaking' }>): string {
  const mark = shown.type === 'partial' ? '…' : marks[shown.type];
  return `${mark} ${visible(shown.text)}`;
}

function lines(format: (one: Shown) => string, out: NodeJS.WriteStream, withParts: boolean): EdgeScreen {
  return {
    show: (one) => {
      if (withParts || one.type !== 'partial') out.write(format(one));
    },
    open() {},
    [Symbol.dispose]() {},
  };
}

class Terminal implements EdgeScreen {
  readonly #out: NodeJS.WriteStream;
  readonly #stdin: ReadStream;
  readonly #isPush: boolean;
  readonly #quit: () => void;
  #edge: Edge | null = null;
  #timer: NodeJS.Timeout | null = null;
  #speaks = false;
  #partial = '';

  constructor(out: NodeJS.WriteStream, stdin: ReadStream, isPush: boolean, quit: () => void) {
    this.#out = out;
    this.#stdin = stdin;
    this.#isPush = isPush;
    this.#quit = quit;
  }

  show(shown: Shown): void {
    if (shown.type === 'speaking') this.#speaks = shown.on;
    else if (shown.type === 'partial') this.#partial = shown.text;
    else {
      if (shown.type === 'heard') this.#partial = '';
      this.#out.write(`\r\x1b[2K${textOf(shown)}\n`);
    }
    this.#draw();
  }

  open(edge: Edge): void {
    this.#edge = edge;
    this.#stdin.setRawMode(true).setEncoding('utf8').on('data', this.#key).resume();
    this.#timer = setInterval(() => this.#draw(), DRAW_MS);
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#stdin.off('data', this.#key).setRawMode(false).pause();
    this.#out.write('\r\x1b[2K');
    this.#edge = null;
  }

  /** Space: talk (with --push-to-talk) or mute; m: mute; q or Ctrl-C: end. */
  readonly #key = (chunk: string): void => {
    const edge = this.#edge;
    if (!edge) return;
    for (const key of chunk) {
      if (key === 'q' || key === '\x03') this.#quit();
      else if (key === ' ' && this.#isPush) edge.ear.talk(!edge.ear.keyIsOn);
      else if (key === 'm' || key === ' ') edge.ear.mute(!edge.ear.isMuted);
    }
    this.#draw();
  };

  #draw(): void {
    if (!this.#edge) return;
    const { ear } = this.#edge;
    const filled = Math.round((Math.max(0, QUIET_DB + ear.level) / QUIET_DB) * METER);
    const meter = `${'█'.repeat(Math.min(METER, filled))}${'·'.repeat(Math.max(0, METER - filled))}`;
    const keys = this.#isPush ? 'space talk, m mute, q quit' : 'space mute, q quit';
    const line = `${meter} ${this.#state()}  ${this.#partial === '' ? keys : visible(this.#partial)}`;
    this.#out.write(`\r\x1b[2K${cut(line, Math.max(1, (this.#out.columns || 80) - 1))}`);
  }

  #state(): string {
    const ear = this.#edge?.ear;
    if (ear?.isMuted) return 'muted    ';
    if (this.#speaks) return 'speaking ';
    if (ear?.hears) return 'hearing  ';
    return this.#isPush && !ear?.keyIsOn ? 'waiting  ' : 'listening';
  }
}
