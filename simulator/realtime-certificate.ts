import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate that signs itself, with its key; both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** Makes a certificate for `localhost` and 127.0.0.1, good for two days around now: what a simulated service shows. */
export function loopbackCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(set(sequence(oid('2.5.4.3'), text(0x0c, 'localhost'))));
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const hosts = sequence(text(0x82, 'localhost'), block(0x87, Buffer.from([127, 0, 0, 1])));
  const extension = (id: string, value: Buffer) => sequence(oid(id), block(0x04, value));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const told = sequence(
    block(0xa0, block(0x02, Buffer.from([2]))), // version 3
    block(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    block(0xa3, sequence(extension('2.5.29.17', hosts))),
  );
  const signature = sign('sha256', told, privateKey);
  const whole = sequence(told, ecdsaWithSha256, block(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { cert: pem(whole), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** One value of DER: its tag, its length, its bytes. */
function block(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return block(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return block(0x31, Buffer.concat(parts));
}

function text(tag: number, value: string): Buffer {
  return block(tag, Buffer.from(value, 'utf8'));
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return text(0x17, digits.slice(2));
}

/** An object identifier: the first two numbers share a byte, the others are written in sevens of bits. */
function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const sevens = (value: number): number[] =>
    value < 0x80 ? [value] : [...sevens(Math.floor(value / 0x80)).map((byte) => byte | 0x80), value % 0x80];
  return block(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(sevens)]));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
