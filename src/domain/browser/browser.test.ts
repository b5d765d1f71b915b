import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeAction, readAction } from './action.ts';
import { isPrivate, judgeAddress } from './address.ts';

const viewport = { width: 1_440, height: 900 };

test.each([
  ['click', { x: 500, y: 500 }, { kind: 'click', at: { x: 720, y: 450 }, button: 'left', count: 1 }],
  ['click_at', { x: 999, y: 0 }, { kind: 'click', at: { x: 1_439, y: 0 }, button: 'left', count: 1 }],
  ['double_click', { x: 0, y: 999 }, { kind: 'click', at: { x: 0, y: 899 }, count: 2 }],
  ['type', { text: 'hi', press_enter: 'true' }, { kind: 'type', at: null, text: 'hi', enter: true, clear: false }],
  ['type_text_at', { x: 10, y: 10, text: 'a' }, { kind: 'type', at: { x: 14, y: 9 }, enter: true, clear: true }],
  ['key_combination', { keys: 'Control+A' }, { kind: 'keys', keys: ['Control', 'A'] }],
  ['hotkey', { keys: ['Control', 'A'] }, { kind: 'keys', keys: ['Control', 'A'] }],
  ['wait', { seconds: 9_999 }, { kind: 'wait', ms: 30_000 }],
  ['drag_and_drop', { start_x: 0, start_y: 0, end_x: 500, end_y: 0 }, { kind: 'drag', to: { x: 720, y: 0 } }],
  ['drag_and_drop', { x: 0, y: 0, destination_x: 500, destination_y: 0 }, { kind: 'drag', to: { x: 720, y: 0 } }],
  ['scroll_at', { x: 0, y: 0, direction: 'down', magnitude: 500 }, { kind: 'scroll', pixels: 450 }],
  ['navigate', { url: 'https://example.org' }, { kind: 'navigate', url: 'https://example.org' }],
])('%s of either vocabulary is understood', (name, args, action) => {
  expect(readAction(name, args, viewport)).toMatchObject({ ok: true, value: action });
});

test('whatever a model asks for is an action inside the page or a refusal in words', () => {
  const names = fc.oneof(
    fc.constantFrom('click', 'type', 'scroll', 'drag_and_drop', 'hotkey', '__proto__'),
    fc.string(),
  );
  fc.assert(
    fc.property(names, fc.anything(), (name, args) => {
      const read = readAction(name, args, viewport);
      expect(read.ok ? describeAction(read.value) : read.error.message).not.toBe('');
      if (read.ok && 'at' in read.value && read.value.at) expect(read.value.at.x).toBeLessThan(viewport.width);
    }),
  );
});

const open = { hosts: [], privateHosts: [] };

test.each([
  'file:///etc/passwd',
  'chrome://settings',
  'javascript:alert(1)',
  'http://localhost/',
  'http://127.0.0.1:8080',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://0/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.1.2.3',
  'http://192.168.0.1',
  'http://[fd00::1]/',
  'http://[64:ff9b::10.0.0.1]/',
  'http://[::127.0.0.1]/',
  'http://[fec0::1]/',
  'http://printer.local/',
  'not an address',
])('%s is refused where nobody allowed it', (address) => {
  expect(judgeAddress(address, [], open).ok).toBe(false);
});

test('a public name that leads into a private network is refused', () => {
  expect(judgeAddress('https://evil.example/', ['127.0.0.1'], open).ok).toBe(false);
  expect(judgeAddress('https://good.example/', ['93.184.216.34'], open).ok).toBe(true);
  expect(judgeAddress('https://good.example/', ['64:ff9b::5db8:d822'], open).ok).toBe(true);
});

test('a private host is allowed by name, with its port only where a port is named', () => {
  const rules = { hosts: [], privateHosts: ['localhost:3000', 'intranet'] };
  expect(judgeAddress('http://localhost:3000/x', [], rules).ok).toBe(true);
  expect(judgeAddress('http://localhost:4000/x', [], rules).ok).toBe(false);
  expect(judgeAddress('http://intranet:99/', ['10.0.0.1'], rules).ok).toBe(true);
});

test('with a list of hosts nothing else is opened', () => {
  const rules = { hosts: ['example.org', '*.example.net'], privateHosts: [] };
  expect(judgeAddress('https://example.org/', [], rules).ok).toBe(true);
  expect(judgeAddress('https://a.b.example.net/', [], rules).ok).toBe(true);
  expect(judgeAddress('https://example.net.evil.org/', [], rules).ok).toBe(false);
});

test('a skill narrows where its jobs may go, also among private hosts, and never widens it', () => {
  const rules = {
    hosts: ['example.org'],
    privateHosts: ['intranet', 'other'],
    jobHosts: ['example.org', 'other', 'x.org'],
  };
  expect(judgeAddress('https://example.org/', [], rules).ok).toBe(true);
  expect(judgeAddress('http://other/', ['10.0.0.1'], rules).ok).toBe(true);
  expect(judgeAddress('http://intranet/', ['10.0.0.1'], rules).ok).toBe(false);
  expect(judgeAddress('https://x.org/', [], rules).ok).toBe(false);
  expect(judgeAddress('https://example.org/', [], { ...rules, jobHosts: [] }).ok).toBe(false);
});

test('every loopback address is private', () => {
  fc.assert(fc.property(fc.nat(255), fc.nat(255), fc.nat(255), (a, b, c) => isPrivate(`127.${a}.${b}.${c}`)));
});
