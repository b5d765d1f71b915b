import { request } from 'node:http';
import { expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

/** Asks under a name of the caller's choice, as a page that was led to loopback would. */
function statusAs(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

test('METRICS_PORT serves the metrics, and nothing else, without a token on loopback', async () => {
  await using bench = new CliBench().withGit();
  const up = bench.start(['up', '--port', '0'], { env: { METRICS_PORT: '0' } });
  const url = (await up.said(/metrics at (http:\/\/127\.0\.0\.1:\d+\/metrics)\n/))[1] ?? '';
  expect(await (await fetch(url)).text()).toContain('\nbig3_queue_depth 0\n');
  expect((await fetch(new URL('/traces', url))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  expect(await statusAs(url, 'evil.example')).toBe(421);
  up.child.kill('SIGTERM');
  expect((await up.ended).code).toBe(0);
});

test('a METRICS_PORT that is none is refused in one line, before anything is made', async () => {
  await using bench = new CliBench();
  expect(await bench.call(['up', '--port', '0'], { env: { METRICS_PORT: 'nine' } })).toMatchObject({
    code: 2,
    out: '',
    err: 'tutti: METRICS_PORT is a port from 0 to 65535 (0: any free one), not "nine"\n',
  });
});
