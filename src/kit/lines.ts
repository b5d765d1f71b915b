import { StringDecoder } from 'node:string_decoder';

export type CutLine =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'oversize'; readonly bytes: number; readonly head: string };

const LF = 10;
const HEAD_BYTES = 200;

function decode(bytes: Uint8Array): string {
  const text = new StringDecoder('utf8').end(bytes as Buffer);
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/**
 * Cuts a byte stream into lines at LF only (never at U+2028 or a lone CR), holding at most `maxBytes` of one line.
 * A longer line is reported once as `oversize`, with its length and first 200 bytes. Empty lines are passed over.
 */
export class LineCutter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #held = 0;
  #skipped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): CutLine[] {
    const lines: CutLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      this.#keep(chunk.subarray(from, at));
      const line = this.#take();
      if (line) lines.push(line);
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the stream ended without LF. */
  end(): CutLine | null {
    return this.#take();
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const room = this.#maxBytes - this.#held;
    if (this.#skipped > 0 || piece.length > room) {
      if (this.#skipped === 0) this.#parts = [this.#head(piece)];
      this.#skipped += this.#held + piece.length;
      this.#held = 0;
      return;
    }
    this.#parts.push(piece);
    this.#held += piece.length;
  }

  #head(piece: Uint8Array): Uint8Array {
    return Buffer.concat([...this.#parts, piece.subarray(0, HEAD_BYTES)]).subarray(0, HEAD_BYTES);
  }

  #take(): CutLine | null {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts);
    const skipped = this.#skipped;
    this.#parts = [];
    this.#held = 0;
    this.#skipped = 0;
    if (skipped > 0) return { kind: 'oversize', bytes: skipped, head: decode(bytes) };
    return bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13) ? null : { kind: 'line', text: decode(bytes) };
  }
}
