import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillSecrets, hideSecrets } from './secret.ts';

const secrets = new Map([['PIN', { value: 'a b&$1', hosts: ['*.example.org'] }]]);

test.each([
  ['https://shop.example.org/login', { ok: true, value: 'my a b&$1!' }],
  ['https://example.org.evil.net/', { ok: false, error: { code: 'other_host' } }],
  ['about:blank', { ok: false, error: { code: 'other_host' } }],
  ['', { ok: false, error: { code: 'other_host' } }],
])('a secret is typed where it is for, and nowhere else: %s', (url, expected) => {
  expect(fillSecrets('my {{PIN}}!', url, secrets)).toMatchObject(expected);
});

test('a name nobody gave is refused, and other braces stay', () => {
  expect(fillSecrets('{{NONE}}', 'https://shop.example.org/', secrets)).toMatchObject({
    error: { code: 'unknown_secret' },
  });
  expect(fillSecrets('{{ x }} {y}', '', secrets)).toMatchObject({ value: '{{ x }} {y}' });
});

test('whatever stands around it, no form of a secret is left', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ minLength: 1 }), (before, after, value) => {
      const known = new Map([['X', { value: `§${value}§`, hosts: [] }]]);
      const hidden = hideSecrets(`${before}§${value}§${encodeURIComponent(`§${value}§`)}${after}`, known);
      return !hidden.includes(`§${value}§`) || `${before}${after}`.includes('§');
    }),
  );
});
