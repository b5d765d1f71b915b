import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gatewayEnvironment } from './house.ts';

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
