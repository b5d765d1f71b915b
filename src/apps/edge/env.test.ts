import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { edgeEnvironment } from './env.ts';

function read(lines: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '.env.local'), lines.join('\n'));
  return edgeEnvironment(env, folder);
}

test('.env.local brings keys and settings of the edge, and never overrides the real environment', () => {
  const env = read(['OPENAI_API_KEY="from-file"', 'FRAME_MS=30'], { FRAME_MS: '20' });
  expect(env).toEqual({ OPENAI_API_KEY: 'from-file', FRAME_MS: '20' });
});

test('a foreign .env.local cannot send what is said to a public host, nor say where files are written', () => {
  const near = ['http://127.0.0.1:8080', 'http://172.20.3.4:8080', 'http://localhost:8000'];
  for (const url of near) expect(read([`WSL_GATEWAY_URL=${url}`])).toEqual({ WSL_GATEWAY_URL: url });
  const far = [
    'WSL_GATEWAY_URL=https://evil.example',
    'TRACE_LOG_PATH=/etc/x',
    'TUTTI_DATA=/tmp',
    'PATH=/tmp',
    'NODE_OPTIONS=x',
  ];
  expect(read(far)).toEqual({});
  expect(read(['WSL_GATEWAY_URL=nonsense'])).toEqual({});
});
