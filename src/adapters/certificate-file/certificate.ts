import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** What a server shows to prove who it is, and proves it with. */
export interface Certificate {
  /** The certificate in PEM, with those of its issuers where they are needed. */
  readonly cert: string;
  /** Its private key in PEM. */
  readonly key: string;
  /** Where the certificate lies, for clients of the same machine. */
  readonly path: string;
}

/**
 * Reads a certificate and its key; refuses naming the file that is missing, unreadable, over, or not of the other.
 * @param now epoch milliseconds
 */
export function readCertificate(path: string, keyPath: string, now: number): Result<Certificate> {
  const cert = read('certificate', path, (text) => new X509Certificate(text));
  if (!cert.ok) return cert;
  const key = read('key', keyPath, createPrivateKey);
  if (!key.ok) return key;
  const until = cert.value.parsed.validToDate;
  if (until.getTime() <= now) {
    return refuse('tls', `the certificate ${path} is over since ${until.toISOString()}: renew it`);
  }
  if (!cert.value.parsed.checkPrivateKey(key.value.parsed)) {
    return refuse(
      'tls',
      `the key ${keyPath} is not that of the certificate ${path}: name the two that belong together`,
    );
  }
  const made = { cert: cert.value.text, key: key.value.text, path };
  try {
    createSecureContext(made);
    return ok(made);
  } catch (error) {
    return refuse('tls', `the certificate ${path} cannot be used: ${messageOf(error)}`);
  }
}

function read<T>(what: string, path: string, parse: (text: string) => T): Result<{ text: string; parsed: T }> {
  try {
    const text = readFileSync(path, 'utf8');
    return ok({ text, parsed: parse(text) });
  } catch (error) {
    const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null;
    const why = code === null ? 'it is not PEM, or needs a password' : code === 'ENOENT' ? 'it is not there' : code;
    return refuse('tls', `the ${what} ${path} cannot be read: ${why}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
