import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectProblem, Front } from './gateway-front.ts';

const name = 'b'.repeat(64);

/** A job whose browser agents have kept a picture of their own, and one of a look for a coding agent. */
async function withPictures(front: Front): Promise<string> {
  const { job } = await front.heldJob();
  const folder = join(front.folder, 'workspace', job);
  for (const [place, picture] of [
    [join(folder, 'browser'), name],
    [join(folder, 'pages', 'look.1', 'browser'), 'c'.repeat(64)],
  ] as const) {
    mkdirSync(join(place, 'pictures'), { recursive: true });
    writeFileSync(join(place, 'pictures', `${picture}.png`), picture);
  }
  writeFileSync(join(folder, 'browser', 'report.html'), '<script>1</script>');
  writeFileSync(join(folder, 'browser', 'pictures', 'secret.png'), 'secret');
  return job;
}

test('pictures of browser agents are answered by their names, and nothing else of the folder is', async () => {
  await using front = await Front.open();
  const job = await withPictures(front);
  const picture = (of: string) => front.ask('GET', `/api/v1/${job}/pictures/${of}`);
  expect(await picture(name)).toMatchObject({ status: 200, text: name, headers: { 'content-type': 'image/png' } });
  expect((await picture('c'.repeat(64))).status).toBe(200);
  for (const wrong of ['secret', `${name}.png`, 'd'.repeat(64), '..%2freport.html', name.toUpperCase(), `%2e%2e`])
    expectProblem(await picture(wrong), 404);
});

test('the report of a browser agent has no rights: it is a page of others’ words', async () => {
  await using front = await Front.open();
  const { headers } = await front.ask('GET', `/api/v1/${await withPictures(front)}/report`);
  expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
  const { job } = await front.heldJob();
  expectProblem(await front.ask('GET', `/api/v1/${job}/report`), 404);
});
