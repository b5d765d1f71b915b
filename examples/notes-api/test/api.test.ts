import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { createApi } from '../src/server.ts';

const server = createApi();
let url: string;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => server.close());

test('a note that was made can be read', async () => {
  const made = await fetch(`${url}/notes`, { method: 'POST', body: JSON.stringify({ text: 'milk' }) });
  assert.equal(made.status, 201);
  const { id } = (await made.json()) as { id: number };
  const read = await fetch(`${url}/notes/${id}`);
  assert.deepEqual(await read.json(), { id, text: 'milk' });
});

test('an empty note is refused', async () => {
  const made = await fetch(`${url}/notes`, { method: 'POST', body: JSON.stringify({ text: ' ' }) });
  assert.equal(made.status, 400);
});

test('an unknown note is not found', async () => {
  assert.equal((await fetch(`${url}/notes/999`)).status, 404);
});
