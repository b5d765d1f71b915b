import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Certificate } from '../../src/adapters/certificate-file/certificate.ts';

export const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;

export interface Made extends Certificate {
  readonly keyPath: string;
}

/** A certificate that signs itself, for `localhost`, gone with the test. */
export function selfSigned(): Made {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [path, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const about = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  execFileSync('openssl', ['req', '-x509', ...curve, ...about, '-keyout', keyPath, '-out', path], {
    stdio: [...stdio],
  });
  return { path, keyPath, cert: readFileSync(path, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}
