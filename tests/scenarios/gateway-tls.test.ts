import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCertificate } from '../../src/adapters/certificate-file/certificate.ts';
import { pinnedFetch } from '../../src/adapters/pinned-fetch/fetch.ts';
import { TuttiClient } from '../../src/wire/client.ts';
import { CliBench } from './cli-bench.ts';
import { hasOpenssl, selfSigned } from './gateway-certificate.ts';
import { Front, message, TOKEN } from './gateway-front.ts';

const json = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };

/** Answers what comes back on a line that speaks no TLS. */
async function inClear(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {
    // Cut off: that is the promise.
  });
  socket.write(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

describe.skipIf(!hasOpenssl)('a gateway with a certificate', () => {
  test('is asked over TLS alone, and its own page is the encrypted one', async () => {
    const own = selfSigned();
    await using front = await Front.open({ certificate: own });
    expect(front.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ask = pinnedFetch(own.cert);
    const post = async (origin: string) => {
      const body = JSON.stringify({ utterance: 'Do it' });
      const answer = await ask(`${front.url}/task`, { method: 'POST', body, headers: { ...json, origin } });
      return answer.status;
    };
    expect(await post(front.url)).toBe(202);
    expect(await post(front.url.replace('https', 'http'))).toBe(403);
    const head = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${front.port}\r\n\r\n`;
    expect(await inClear(front.port, head)).not.toContain('200');
    expect((await ask(`${front.url}/health`)).status).toBe(200);
  });

  test('is trusted by exactly its certificate: neither by one of the same name, nor by the system’s', async () => {
    const own = selfSigned();
    await using front = await Front.open({ certificate: own });
    await expect(pinnedFetch(selfSigned().cert)(`${front.url}/health`)).rejects.toThrow();
    await expect(fetch(`${front.url}/health`)).rejects.toThrow();
  });

  test('gives the client everything: refusals with their field, streams by cursor', async () => {
    const own = selfSigned();
    await using front = await Front.open({ certificate: own });
    const tutti = new TuttiClient({ url: front.url, token: TOKEN, fetch: pinnedFetch(own.cert) });
    const taken = await tutti.submit({ utterance: 'Do it' });
    if (!taken.ok) throw new Error(taken.error.message);
    expect(await tutti.submit({ utterance: '' })).toMatchObject({ ok: false, error: { field: 'utterance' } });
    const job = taken.value.jobs?.[0]?.job_id ?? '';
    const claim = await front.engine.claim({ worker: 'w', leaseMs: 600_000, job });
    if (!claim) throw new Error('the job could not be claimed');
    await front.engine.append(claim, [{ n: 2, at: 2, event: message('Hello') }]);
    await front.engine.finish(claim, 'completed', []);
    const heard: string[] = [];
    for await (const { cursor } of tutti.events(job)) heard.push(cursor);
    expect(heard).toEqual(['0-1', '1-1', '1-2']);
  });

  test('is reached by the commands of its data folder, and may listen where others can reach it', async () => {
    const { path, keyPath } = selfSigned();
    await using bench = new CliBench();
    const tls = ['--tls-cert', path, '--tls-key', keyPath];
    const up = bench.start(['up', '--host', '0.0.0.0', '--port', '0', '--no-worker', ...tls]);
    await up.said(/at https:\/\/127\.0\.0\.1:\d+\n/);
    const env = { PATH: process.env.PATH ?? '', HOME: bench.home, TUTTI_DATA: bench.data };
    const args = [join(import.meta.dirname, '../../src/start.ts'), 'mcp'];
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, cwd: bench.project }));
    onTestFinished(() => client.close());
    const told = await client.callTool({ name: 'list_jobs', arguments: {} });
    expect(told).toMatchObject({ isError: false, content: [{ text: '[]' }] });
  });

  test('is not started with files that cannot be used: one line says which', async () => {
    const [own, other] = [selfSigned(), selfSigned()];
    await using bench = new CliBench();
    const broken = bench.file('broken.pem', '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n');
    const cases: [string, string, RegExp][] = [
      [join(bench.root, 'nothing.pem'), own.keyPath, /certificate \S+nothing\.pem cannot be read: it is not there/],
      [broken, own.keyPath, /certificate \S+broken\.pem cannot be read: it is not PEM/],
      [own.path, own.path, /key \S+cert\.pem cannot be read: it is not PEM/],
      [own.path, other.keyPath, /is not that of the certificate/],
      [own.path, bench.root, /key \S+ cannot be read: EISDIR/],
    ];
    for (const [cert, key, told] of cases) {
      const { code, err } = await bench.call(['up', '--port', '0', '--tls-cert', cert, '--tls-key', key]);
      expect([code, err.trimEnd().split('\n')]).toEqual([2, [expect.stringMatching(told)]]);
    }
    const half = await bench.call(['up', '--tls-cert', own.path]);
    expect([half.code, half.err]).toEqual([2, expect.stringMatching(/give --tls-cert and --tls-key/)]);
    const later = readCertificate(own.path, own.keyPath, Date.now() + 3 * 86_400_000);
    expect(later).toMatchObject({ ok: false, error: { message: /is over since .*: renew it/ } });
  });

  test('takes its files from the configuration, relative to it', async () => {
    const own = selfSigned();
    await using bench = new CliBench();
    writeFileSync(join(bench.home, 'cert.pem'), own.cert);
    writeFileSync(join(bench.home, 'key.pem'), own.key);
    bench.withConfig({ tls: { cert: 'cert.pem', key: 'key.pem' } });
    const up = bench.start(['up', '--port', '0', '--no-worker', '--config', bench.config]);
    await up.said(/at https:/);
  });
});
