import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Gate } from '../../src/adapters/browser-chromium/gate.ts';
import { chromium, Stage } from './stage.ts';

/** A server of the private network nobody allowed, and what reached it. */
async function forbidden() {
  const reached: string[] = [];
  const server = createServer((asked, answer) => {
    reached.push(asked.url ?? '');
    answer.end('<title>Inner</title>');
  });
  server.on('connection', () => reached.push('connection'));
  server.on('upgrade', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { reached, host, [Symbol.asyncDispose]: async () => void server.close() };
}

describe.skipIf(chromium === null)('the gate of the browser', () => {
  test('holds also where an allowed page leads on to another address, and for sockets', async () => {
    await using inner = await forbidden();
    await using stage = await Stage.open();
    const to = encodeURIComponent(`http://${inner.host}/inner`);
    stage.play(
      { do: [{ tool: 'navigate', input: { url: `${stage.site.url}/to?url=${to}` } }] },
      { do: [{ tool: 'navigate', input: { url: `${stage.site.url}/socket?host=${inner.host}` } }] },
      { say: 'It leads nowhere.' },
    );
    const { end, reported, data } = await stage.run(`Look at ${stage.site.url}/`);
    expect(end.outcome).toMatchObject({ kind: 'completed' });
    expect(inner.reached).toEqual([]);
    expect(stage.site.asked.some((path) => path.startsWith('/socket'))).toBe(true);
    expect(JSON.stringify(reported[0]?.data)).toContain(`blocked: ${inner.host} lies in a private network`);
    expect(data?.pages.some((page) => page.includes('/inner'))).toBe(false);
  });

  test('passes nothing on to a host that is not allowed, in either way of asking, and what is allowed as it is', async () => {
    await using inner = await forbidden();
    await using gate = await Gate.open({ hosts: [], privateHosts: [] }, {});
    const { hostname, port } = new URL(gate.url);
    const asked = request({ hostname, port, path: `http://${inner.host}/x` }).end();
    const [refused] = await once(asked, 'response');
    expect(refused.statusCode).toBe(403);
    const tunnel = request({ hostname, port, method: 'CONNECT', path: inner.host }).end();
    const [closed] = await once(tunnel, 'connect');
    expect(closed.statusCode).toBe(403);
    expect(inner.reached).toEqual([]);
    await using open = await Gate.open({ hosts: [], privateHosts: [inner.host] }, { http_proxy: 'http://127.0.0.1:1' });
    const passed = request({ hostname, port: new URL(open.url).port, path: `http://${inner.host}/x` }).end();
    const [answered] = await once(passed, 'response');
    expect(answered.statusCode).toBe(200);
    answered.resume();
    expect(inner.reached).toEqual(['connection', '/x']);
  });

  test('carries a tunnel both ways to what is allowed', async () => {
    await using inner = await forbidden();
    await using gate = await Gate.open({ hosts: [], privateHosts: [inner.host] }, {});
    const { hostname, port } = new URL(gate.url);
    const [answered, socket] = await once(
      request({ hostname, port, method: 'CONNECT', path: inner.host }).end(),
      'connect',
    );
    expect(answered.statusCode).toBe(200);
    socket.write(`GET /through HTTP/1.1\r\nHost: ${inner.host}\r\nConnection: close\r\n\r\n`);
    const [chunk] = await once(socket, 'data');
    expect(String(chunk)).toContain('200 OK');
    expect(inner.reached).toEqual(['connection', '/through']);
    socket.destroy();
  });
});
