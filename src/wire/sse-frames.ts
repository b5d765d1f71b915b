export interface Frame {
  readonly id: string | null;
  /** `message` when the stream names none. */
  readonly event: string;
  readonly data: string;
}

/** A frame longer than this ends the stream. Characters. */
const FRAME_MAX = 32 << 20;

/** Cuts server-sent events out of text that comes in pieces. Lines end at LF only, as the gateway writes them. */
export class Frames {
  #rest = '';

  /** @throws RangeError when a frame does not end within the bound */
  *take(text: string): Generator<Frame, void, void> {
    const parts = (this.#rest + text).split('\n\n');
    this.#rest = parts.pop() ?? '';
    if (this.#rest.length > FRAME_MAX) throw new RangeError('a server-sent event is too long');
    for (const part of parts) {
      const frame = readFrame(part);
      if (frame) yield frame;
    }
  }
}

function readFrame(part: string): Frame | null {
  let id: string | null = null;
  let event = 'message';
  const data: string[] = [];
  for (const line of part.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return data.length > 0 ? { id, event, data: data.join('\n') } : null;
}
