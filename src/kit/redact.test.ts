import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REDACTED, redactor } from './redact.ts';

const plain = redactor({});
const shape = (length: number) => 'a1B2'.repeat(20).slice(0, length);

const keys: readonly string[] = [
  `sk-ant-api03-${shape(40)}`,
  `sk-proj-${shape(40)}`,
  `AIza${shape(35)}`,
  `ghp_${shape(36)}`,
  `github_pat_${shape(40)}`,
  `glpat-${shape(20)}`,
  `npm_${shape(36)}`,
  `xoxb-${shape(30)}`,
  'AKIAIOSFODNN7EXAMPLE',
  `eyJ${shape(20)}.eyJ${shape(20)}.${shape(20)}`,
];

test.each(keys)('the key %s is taken out wherever it begins, also after an escape of JSON', (key) => {
  expect(plain(`key=${key}, next`)).toBe(`key=${REDACTED}, next`);
  const json = JSON.stringify({ text: `one\n${key}\ttwo\u0001${key}` });
  const clean = plain(json);
  expect(clean).not.toContain(key);
  expect(JSON.parse(clean)).toEqual({ text: `one\n${REDACTED}\ttwo\u0001${REDACTED}` });
});

test('of an authorization only what follows the word is taken', () => {
  expect(plain(`Authorization: Bearer ${shape(30)}`)).toBe(`Authorization: Bearer ${REDACTED}`);
  expect(plain('a bearer of good news')).toBe('a bearer of good news');
});

test('a private key goes whole, and one that is cut off goes to the end of its text', () => {
  const pem = `-----BEGIN RSA PRIVATE KEY-----\n${shape(60)}\n-----END RSA PRIVATE KEY-----`;
  expect(JSON.parse(plain(JSON.stringify({ a: `x ${pem} y`, b: 'z' })))).toEqual({ a: `x ${REDACTED} y`, b: 'z' });
  expect(JSON.parse(plain(JSON.stringify({ a: pem.slice(0, 70), b: 'z' })))).toEqual({ a: REDACTED, b: 'z' });
});

test('values of variables named like secrets are taken out, the longest first; others are left', () => {
  const env = {
    MY_API_KEY: 'hunter2hunter2',
    DB_PASSWORD: 'hunter2hunter2-and"more',
    HOME: '/home/somebody',
    TOKEN: 'abc',
  };
  const redact = redactor({ ...env, SSH_KEY: '/home/somebody/.ssh/id', PORT_KEY: '1234567890' });
  expect(redact('hunter2hunter2 hunter2hunter2-and"more')).toBe(`${REDACTED} ${REDACTED}`);
  expect(JSON.parse(redact(JSON.stringify({ a: env.DB_PASSWORD })))).toEqual({ a: REDACTED });
  expect(redact('abc /home/somebody/.ssh/id 1234567890')).toBe('abc /home/somebody/.ssh/id 1234567890');
});

test('plain words stay as they are', () => {
  for (const text of ['task-oriented-programming-language', 'risk-assessment-of-the-whole', 'desk-1234567890123456789'])
    expect(plain(text)).toBe(text);
});

test('JSON stays JSON of the same shape, whatever it holds', () => {
  const redact = redactor({ A_TOKEN: 'secret\\"value\n1' });
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value);
      expect(redact(json)).toBe(json);
    }),
  );
  const odd = JSON.stringify({ a: ['secret\\"value\n1', keys[0], 'ok'] });
  expect(JSON.parse(redact(odd))).toEqual({ a: [REDACTED, REDACTED, 'ok'] });
});

test('a megabyte of beginnings takes no more than linear time', () => {
  const hostile = ['sk-', 'eyJaaaaaaaa.', '-----BEGIN PRIVATE KEY-----', 'Bearer '].map((part) =>
    part.repeat(Math.ceil(1_000_000 / part.length)),
  );
  const start = performance.now();
  for (const text of hostile) plain(text);
  expect(performance.now() - start).toBeLessThan(5_000);
});
