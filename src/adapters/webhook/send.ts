import { createHmac } from 'node:crypto';
import { lookup as resolve } from 'node:dns';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** A receiver that takes longer has not taken it. Milliseconds. */
const PATIENCE_MS = 10_000;

export interface Letter {
  /** The same however often it is sent. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** Epoch milliseconds; part of what is signed, so that an old letter can be told from a new one. */
  readonly at: number;
}

/** What signs a letter: `t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY`. */
export function signature(secret: string, { at, body }: Pick<Letter, 'at' | 'body'>): string {
  const seconds = Math.floor(at / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

const inner = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(net, bits, 'ipv6');

/** Whether the address is of this machine, a private network, or of no single machine. IPv4 within IPv6 counts as such. */
export function isInner(address: string): boolean {
  const within = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (within !== undefined) return inner.check(within, 'ipv4');
  return inner.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Looks names up and refuses inner addresses at the moment of connecting: a name cannot change in between. */
const outerOnly: LookupFunction = (name, options, done) => {
  resolve(name, { ...options, all: true }, (error, addresses) => {
    const found = error ? [] : addresses;
    const bad = found.find(({ address }) => isInner(address));
    if (error) return done(error, []);
    if (bad) return done(new Error(`${name} is ${bad.address}, an address of this machine or a private network`), []);
    if (options.all) return done(null, found);
    done(null, found[0]?.address ?? '', found[0]?.family);
  });
};

/**
 * Sends a letter once; any answer of 2xx is a receipt. Redirects are not followed. Never rejects.
 * @param over ends the attempt
 */
export function send(
  letter: Letter,
  { secret, allowPrivate }: { readonly secret: string; readonly allowPrivate: boolean },
  over: AbortSignal,
): Promise<Result<void>> {
  const url = new URL(letter.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && isInner(host)) {
    return Promise.resolve(refuse('private', `${host} is an address of this machine or a private network`));
  }
  return new Promise((settle) => {
    const fail = (why: string) => settle(refuse('not_delivered', why));
    const request = (url.protocol === 'https:' ? secure : plain)(url, {
      method: 'POST',
      agent: false,
      signal: AbortSignal.any([over, AbortSignal.timeout(PATIENCE_MS)]),
      ...(allowPrivate ? {} : { lookup: outerOnly }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(letter.body),
        'idempotency-key': letter.id,
        'tutti-delivery': letter.id,
        'tutti-signature': signature(secret, letter),
      },
    });
    request.on('error', (error) => fail(error.message));
    request.on('response', (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) settle(ok(undefined));
      else fail(`the receiver answered ${statusCode}`);
      request.destroy();
    });
    request.end(letter.body);
  });
}
