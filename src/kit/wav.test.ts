import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWav, writeWav } from './wav.ts';

/** A file of chunks as they are given: a name and its bytes, or another length than they have. */
function fileOf(...chunks: readonly (readonly [name: string, bytes: Uint8Array, length?: number])[]): Buffer {
  const body = chunks.map(([name, bytes, length = bytes.length]) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(length, 4);
    return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
  });
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...body]);
}

function formatChunk(code: number, channels: number, hz: number, bits: number, extended?: number): Buffer {
  const chunk = Buffer.alloc(extended === undefined ? 16 : 40);
  chunk.writeUInt16LE(code, 0);
  chunk.writeUInt16LE(channels, 2);
  chunk.writeUInt32LE(hz, 4);
  chunk.writeUInt16LE(bits, 14);
  if (extended !== undefined) chunk.writeUInt16LE(extended, 24);
  return chunk;
}

async function* cut(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size = 1_000) {
  const wav = await readWav(cut(bytes, size));
  if (!wav.ok) return wav.error.message;
  const samples: number[] = [];
  for await (const piece of wav.value.samples) samples.push(...piece);
  return { ...wav.value.format, samples };
}

test('what was written is read, however it comes in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.int16Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), async (samples, size) => {
      expect(await read(writeWav(16_000, samples), size)).toEqual({
        hz: 16_000,
        channels: 1,
        bits: 16,
        isFloat: false,
        samples: [...samples],
      });
    }),
  );
});

const float = Buffer.alloc(8);
float.writeFloatLE(0.5, 0);
float.writeFloatLE(Number.NaN, 4);
const double = Buffer.alloc(8);
double.writeDoubleLE(-0.25);

test.each([
  ['8 bits', formatChunk(1, 1, 8_000, 8), Buffer.from([0, 128, 255]), [-32_768, 0, 32_512]],
  ['16 bits', formatChunk(1, 1, 8_000, 16), Buffer.from([0, 128, 255, 127]), [-32_768, 32_767]],
  ['24 bits', formatChunk(1, 1, 8_000, 24), Buffer.from([0, 0, 128, 0, 1, 0]), [-32_768, 1]],
  ['32 bits', formatChunk(1, 1, 8_000, 32), Buffer.from([0, 0, 0, 128, 0, 0, 1, 0]), [-32_768, 1]],
  ['floating point of 32 bits', formatChunk(3, 1, 8_000, 32), float, [16_384, 0]],
  ['floating point of 64 bits', formatChunk(3, 1, 8_000, 64), double, [-8_192]],
  ['extensible PCM', formatChunk(0xfffe, 1, 8_000, 16, 1), Buffer.from([1, 0]), [1]],
  ['two channels, mixed', formatChunk(1, 2, 8_000, 16), Buffer.from([2, 0, 4, 0, 0, 0, 255, 255]), [3, -0.5]],
])('%s are read', async (_, format, data, samples) => {
  expect(await read(fileOf(['fmt ', format], ['data', data]))).toMatchObject({ samples });
});

test('other chunks are passed over, also of odd length, and what follows the sound is not sound', async () => {
  const format = formatChunk(1, 1, 16_000, 16);
  const file = fileOf(
    ['LIST', Buffer.from('abc')],
    ['fmt ', format],
    ['x', Buffer.alloc(5)],
    ['data', Buffer.from([7, 0])],
    ['id3 ', Buffer.alloc(6)],
  );
  file.write('x   ', file.indexOf('x\0\0\0'), 'latin1');
  expect(await read(file)).toMatchObject({ samples: [7] });
});

test('a file that breaks off gives its whole samples, one whose length is not known all of them', async () => {
  const format = formatChunk(1, 2, 16_000, 16);
  const five = Buffer.from([1, 0, 1, 0, 9]);
  for (const length of [1_000, 0, 0xffffffff]) {
    expect(await read(fileOf(['fmt ', format], ['data', five.subarray(0, 4), length]))).toMatchObject({ samples: [1] });
  }
});

test.each([
  ['nothing', Buffer.alloc(0), /no WAV file/],
  ['a text', Buffer.from('hello, I am a text'), /no WAV file/],
  ['a big-endian one', Buffer.from('RIFX\0\0\0\0WAVE'), /RIFX/],
  ['a header alone', Buffer.from('RIFF\0\0\0\0WAVE'), /breaks off before its sound and format/],
  ['one without sound', fileOf(['fmt ', formatChunk(1, 1, 16_000, 16)]), /breaks off before its sound$/],
  ['half a format', Buffer.concat([fileOf(), Buffer.from('fmt \x10\0\0\0abc')]), /breaks off in its format/],
  ['one without format', fileOf(['data', Buffer.alloc(8)]), /before it tells its format/],
  ['a huge format', fileOf(['fmt ', Buffer.alloc(16), 1 << 30]), /is damaged/],
  ['a compressed one', fileOf(['fmt ', formatChunk(85, 1, 16_000, 16)]), /format 85 is not read/],
  ['12 bits', fileOf(['fmt ', formatChunk(1, 1, 16_000, 12)]), /12 bits/],
  ['no channel', fileOf(['fmt ', formatChunk(1, 0, 16_000, 16)]), /0 channels/],
  ['one sample a second', fileOf(['fmt ', formatChunk(1, 1, 1, 16)]), /1 samples a second/],
])('%s is refused with what is wrong', async (_, file, words) => {
  expect(await read(file)).toMatch(words);
});

test('whatever the bytes are, they are read or refused in one sentence', async () => {
  const header = fileOf(['fmt ', formatChunk(1, 1, 16_000, 16)], ['data', Buffer.alloc(64)]);
  const spoilt = fc
    .array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const file = Buffer.from(header);
      for (const [at, byte] of changes) file[at] = byte;
      return file;
    });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(spoilt, fc.uint8Array({ maxLength: 200 })),
      fc.integer({ min: 1, max: 80 }),
      async (file, size) => {
        const found = await read(file, size);
        if (typeof found === 'string') expect(found).toMatch(/^.*WAV.*$/);
        else expect(found.samples.every((sample) => Math.abs(sample) <= 327_680)).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('an hour of sound is read without being held', async () => {
  const second = writeWav(16_000, new Int16Array(16_000)).subarray(44);
  async function* hour() {
    yield fileOf(['fmt ', formatChunk(1, 1, 16_000, 16)], ['data', Buffer.alloc(0), 0xffffffff]);
    for (let i = 0; i < 3_600; i++) yield second;
  }
  const wav = await readWav(hour());
  if (!wav.ok) throw new Error(wav.error.message);
  let [count, longest] = [0, 0];
  for await (const piece of wav.value.samples) {
    count += piece.length;
    longest = Math.max(longest, piece.length);
  }
  expect([count, longest]).toEqual([3_600 * 16_000, 16_000]);
});
