import { never } from './never.ts';
import { ok, type Refusal, type Result, refuse } from './result.ts';

export interface WavFormat {
  readonly hz: number;
  readonly channels: number;
  /** Bits of one sample: 8, 16, 24, 32, or 64 for floating point. */
  readonly bits: 8 | 16 | 24 | 32 | 64;
  readonly isFloat: boolean;
}

/** A WAV file that is being read. */
export interface Wav {
  readonly format: WavFormat;
  /** All channels mixed into one, in 16 bits' range, in pieces. A file that breaks off ends with its last whole sample. */
  readonly samples: AsyncIterable<Float32Array>;
}

export type WavCode = 'not_wav' | 'broken_wav' | 'unsupported_wav';

/** Bytes of the chunk that tells the format, at most: it has 16, 18 or 40. */
const FORMAT_MAX = 1_024;
const HZ_LEAST = 4_000;
const HZ_MOST = 384_000;
const CHANNELS_MAX = 64;
/** A length that recorders write which do not know it yet. */
const UNKNOWN = 0xffffffff;
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file as it comes, in bounded memory: PCM of 8 to 32 bits and floating point, any number of channels.
 * Refuses with what is wrong with it; what follows the sound is not looked at.
 */
export async function readWav(bytes: AsyncIterable<Uint8Array>): Promise<Result<Wav, Refusal<WavCode>>> {
  const reader = new Reader(bytes);
  const wav = await readHead(reader);
  if (!wav.ok) await reader.leave();
  return wav;
}

async function readHead(reader: Reader): Promise<Result<Wav, Refusal<WavCode>>> {
  const riff = await reader.take(12);
  const kind = text(riff, 0);
  if (riff.length < 12 || !['RIFF', 'RF64', 'RIFX'].includes(kind) || text(riff, 8) !== 'WAVE') {
    return refuse('not_wav', 'this is no WAV file: it does not begin with RIFF and WAVE');
  }
  if (kind === 'RIFX')
    return refuse('unsupported_wav', 'big-endian WAV (RIFX) is not read: convert it to a usual WAV file');
  let format: WavFormat | null = null;
  for (;;) {
    const head = await reader.take(8);
    if (head.length < 8)
      return refuse('broken_wav', `the WAV file breaks off before its sound${format ? '' : ' and format'}`);
    const [name, length] = [text(head, 0), view(head).getUint32(4, true)];
    if (name === 'fmt ') {
      if (length > FORMAT_MAX)
        return refuse('broken_wav', `the WAV file's format takes ${length} bytes: it is damaged`);
      const read = formatOf(await reader.take(length));
      if (!read.ok) return read;
      format = read.value;
      await reader.skip(length % 2);
    } else if (name !== 'data') {
      await reader.skip(length + (length % 2));
    } else if (!format) {
      return refuse('broken_wav', 'the WAV file has sound before it tells its format: it is damaged');
    } else {
      const known = length === 0 || length === UNKNOWN ? Number.POSITIVE_INFINITY : length;
      return ok({ format, samples: samplesOf(reader, known, format) });
    }
  }
}

function formatOf(chunk: Uint8Array): Result<WavFormat, Refusal<WavCode>> {
  if (chunk.length < 16) return refuse('broken_wav', 'the WAV file breaks off in its format');
  const at = view(chunk);
  const given = at.getUint16(0, true);
  // The real code is the beginning of a longer one, behind the number of valid bits and the places of the speakers.
  const code = given === EXTENSIBLE && chunk.length >= 26 ? at.getUint16(24, true) : given;
  const [channels, hz, bits] = [at.getUint16(2, true), at.getUint32(4, true), at.getUint16(14, true)];
  if (code !== PCM && code !== FLOAT) {
    return refuse(
      'unsupported_wav',
      `WAV of format ${code} is not read: convert it to PCM, for example with sox or ffmpeg`,
    );
  }
  if (channels < 1 || channels > CHANNELS_MAX) {
    return refuse('unsupported_wav', `the WAV file says it has ${channels} channels: expected 1 to ${CHANNELS_MAX}`);
  }
  if (hz < HZ_LEAST || hz > HZ_MOST) {
    return refuse(
      'unsupported_wav',
      `the WAV file says it has ${hz} samples a second: expected ${HZ_LEAST} to ${HZ_MOST}`,
    );
  }
  const isFloat = code === FLOAT;
  const known = (isFloat ? ([32, 64] as const) : ([8, 16, 24, 32] as const)).find((one) => one === bits);
  if (known) return ok({ hz, channels, bits: known, isFloat });
  return refuse('unsupported_wav', `WAV with ${isFloat ? 'floating point ' : ''}samples of ${bits} bits is not read`);
}

async function* samplesOf(reader: Reader, length: number, format: WavFormat): AsyncGenerator<Float32Array, void, void> {
  try {
    yield* mixed(reader, length, format);
  } finally {
    await reader.leave();
  }
}

async function* mixed(reader: Reader, length: number, format: WavFormat): AsyncGenerator<Float32Array, void, void> {
  const block = (format.bits / 8) * format.channels;
  const sample = sampleReader(format);
  let left = length;
  let carry = new Uint8Array(0);
  while (left > 0) {
    const piece = await reader.some(left);
    if (piece.length === 0) return;
    left -= piece.length;
    const joined = carry.length === 0 ? piece : concat(carry, piece);
    const blocks = Math.floor(joined.length / block);
    const at = view(joined);
    const mono = new Float32Array(blocks);
    for (let i = 0; i < blocks; i++) {
      let sum = 0;
      for (let channel = 0; channel < format.channels; channel++) {
        sum += sample(at, i * block + (channel * format.bits) / 8);
      }
      mono[i] = sum / format.channels;
    }
    carry = joined.slice(blocks * block);
    if (blocks > 0) yield mono;
  }
}

/** Reads one sample of one channel, in 16 bits' range. */
function sampleReader({ bits, isFloat }: WavFormat): (at: DataView, offset: number) => number {
  if (isFloat) {
    const wide = bits === 64;
    return (at, offset) => finite(wide ? at.getFloat64(offset, true) : at.getFloat32(offset, true)) * 32_768;
  }
  switch (bits) {
    case 8:
      return (at, offset) => (at.getUint8(offset) - 128) * 256;
    case 16:
      return (at, offset) => at.getInt16(offset, true);
    case 24:
      return (at, offset) => at.getInt16(offset + 1, true) + at.getUint8(offset) / 256;
    case 32:
      return (at, offset) => at.getInt32(offset, true) / 65_536;
    case 64:
      throw new Error('whole numbers of 64 bits are refused before');
    default:
      return never(bits);
  }
}

/** No infinity and no NaN of a damaged file gets on; ten times full scale is far beyond any recording. */
function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(-10, Math.min(10, value)) : 0;
}

/** A WAV file of 16 bits. `samples` hold the channels in turn. */
export function writeWav(hz: number, samples: Int16Array, channels = 1): Uint8Array {
  const file = new Uint8Array(44 + samples.length * 2);
  const at = view(file);
  const name = (offset: number, letters: string) => {
    for (const [i, letter] of [...letters].entries()) at.setUint8(offset + i, letter.charCodeAt(0));
  };
  name(0, 'RIFF');
  at.setUint32(4, file.length - 8, true);
  name(8, 'WAVEfmt ');
  at.setUint32(16, 16, true);
  at.setUint16(20, PCM, true);
  at.setUint16(22, channels, true);
  at.setUint32(24, hz, true);
  at.setUint32(28, hz * channels * 2, true);
  at.setUint16(32, channels * 2, true);
  at.setUint16(34, 16, true);
  name(36, 'data');
  at.setUint32(40, samples.length * 2, true);
  for (const [i, sample] of samples.entries()) at.setInt16(44 + i * 2, sample, true);
  return file;
}

/** Takes bytes from a stream as they are asked for. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What is there next, at least one byte and at most so many; empty at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#piece.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return this.#piece;
      this.#piece = next.value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  /** So many bytes; fewer at the end. */
  async take(length: number): Promise<Uint8Array> {
    let taken: Uint8Array = new Uint8Array(0);
    while (taken.length < length) {
      const more = await this.some(length - taken.length);
      if (more.length === 0) break;
      taken = concat(taken, more);
    }
    return taken;
  }

  /** Nothing more is wanted: the stream may close. */
  async leave(): Promise<void> {
    await this.#source.return?.();
  }

  async skip(length: number): Promise<void> {
    let left = length;
    while (left > 0) {
      const passed = await this.some(left);
      if (passed.length === 0) return;
      left -= passed.length;
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array, from: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + 4));
}
