import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const bench = new CliBench().withGit();
afterAll(() => bench[Symbol.asyncDispose]());

test('a folder of prompts beside the config is what the agents get, and a file nobody would read is refused', async () => {
  const seen = join(bench.root, 'seen.txt');
  const command = [
    process.execPath,
    join(import.meta.dirname, '../fixtures/agents/scripted.mjs'),
    JSON.stringify({ work: [{ prompt: seen }, { done: 'done' }] }),
  ];
  bench.withConfig({ agents: { solo: { protocol: 'events', vendor: 'a', command } }, prompts: 'mine' });
  bench.file('home/mine/work.md', 'Mine: {task}\n\n{guidance}\n\nRole: {role}\n\n{responsibilities} {cwd}');
  bench.file('home/mine/roles/implementer.md', 'Be brief.');
  const args = ['run', 'Do it', '--agent', 'solo', '--config', bench.config, '--port', '0'];
  expect(await bench.call(args)).toMatchObject({ code: 0 });
  expect(readFileSync(seen, 'utf8')).toMatch(/^Mine: Do it\n\nBe brief\.\n\nRole: implementer\n\n- Do it \//);

  bench.file('home/mine/wrok.md', 'x');
  const refused = await bench.call(args);
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toMatch(/^tutti: \S+mine\/wrok\.md: there is no prompt of this name: was work\.md meant\?\n$/);
});
