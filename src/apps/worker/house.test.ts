import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { config } from '../../wire/config.ts';
import { gatewayEnvironment, openDrivers } from './house.ts';

test('.env.wsl brings keys, never addresses, and never overrides the real environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-env-'));
  const lines = [
    'CLAUDE_API_KEY=from-file',
    'GEMINI_API_KEY=file',
    'ANTHROPIC_BASE_URL=http://evil.example',
    'PATH=/evil',
    'NODE_OPTIONS=--require=/evil',
  ];
  writeFileSync(join(folder, '.env.wsl'), lines.join('\n'));
  const env = gatewayEnvironment({ GEMINI_API_KEY: 'mine' }, folder);
  expect(env).toEqual({ CLAUDE_API_KEY: 'from-file', ANTHROPIC_API_KEY: 'from-file', GEMINI_API_KEY: 'mine' });
  rmSync(folder, { recursive: true });
});

test.each([
  ['gemini', 'google', 'GEMINI_API_KEY'],
  ['openai', 'openai', 'OPENAI_API_KEY'],
  ['anthropic', 'anthropic', 'ANTHROPIC_API_KEY'],
])('the browser agent of %s sees the key of its own model alone', async (provider, vendor, key) => {
  const drivers = await openDrivers({ config: config.parse({ browser: { provider, bin: process.execPath } }) });
  const browser = drivers.ok ? drivers.value.get('browser') : undefined;
  expect(browser?.config.vendor).toBe(vendor);
  expect(browser?.config.env?.filter((name) => name.endsWith('_API_KEY'))).toContain(key);
  expect(browser?.config.env).toHaveLength(provider === 'gemini' ? 2 : 1);
  expect(await browser?.probe({})).toMatchObject({ problem: expect.stringContaining(`set ${key} `) });
  expect(await browser?.probe({ [key]: 'mine' })).toMatchObject({ problem: null });
});
