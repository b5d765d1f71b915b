import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Scenario, startSimulator } from '../../simulator/index.ts';
import { codexDriver } from '../../src/adapters/agent-codex/driver.ts';
import type { AgentConfig } from '../../src/ports/agent.ts';
import { Bench, only, outcomeIn, watch } from './agent-bench.ts';

type Turns = Scenario['roles'][number]['turns'];

function scripted(turns: Turns): Scenario {
  return { name: 'codex', roles: [{ name: 'worker', when: { prompt: ['Do the task'] }, turns }] };
}

async function stage(turns: Turns, config: Partial<AgentConfig> = {}) {
  const bench = new Bench();
  const simulator = await startSimulator({ scenarios: [scripted(turns)] });
  const endpoint = { url: simulator.url, key: 'sk-simulated', home: bench.home };
  const driver = codexDriver({ name: 'codex', protocol: 'codex', vendor: 'openai', endpoint, ...config }, bench.world);
  return {
    bench,
    simulator,
    driver,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}

test('Codex edits, runs and commits in a linked worktree, and every step was permitted first', async () => {
  await using on = await stage([
    { think: 'first a file', do: [{ write: 'new.txt', content: 'hello\n' }] },
    { do: [{ edit: 'README.md', old: 'tw', new: 'TW' }] },
    { say: 'now a command', do: [{ shell: 'cat new.txt; echo "it\'s" $TUTTI_JOB-$TUTTI_MODEL_KEY-; exit 3' }] },
    { do: [{ shell: 'git add -A && git commit -qm work' }] },
    {
      say: 'all done\n{"type":"milestone","payload":{"text":"half way"}}',
      usage: { input: 2000, cached: 500, output: 70 },
    },
  ]);
  const asked: string[] = [];
  const launch = on.bench.launch('Do the task', {
    permit: async (request) => {
      asked.push(request.command ?? request.paths.join());
      return { verdict: 'allow', reason: 'fine' };
    },
  });
  const items = await watch(on.driver.start(launch));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: expect.stringContaining('all done') });
  const tree = on.bench.worktree;
  expect(asked).toEqual([
    join(tree, 'new.txt'),
    join(tree, 'README.md'),
    'cat new.txt; echo "it\'s" $TUTTI_JOB-$TUTTI_MODEL_KEY-; exit 3',
    'git add -A && git commit -qm work',
  ]);
  expect(on.bench.file('README.md')).toBe('one\nTWo\nthree\n');
  expect(on.bench.git('log', '--format=%an %s', 'work')).toBe('Agent work\nTest start');
  expect(only(items, 'file_changed')).toEqual([
    { type: 'file_changed', path: join(tree, 'new.txt'), change: 'add' },
    { type: 'file_changed', path: join(tree, 'README.md'), change: 'update' },
  ]);
  const failing = only(items, 'tool_ended').find((item) => item.exit_code === 3);
  expect(failing).toMatchObject({ ok: false, output: `hello\nit's ${on.bench.job}--\n` });
  expect(only(items, 'thought')).toMatchObject([{ text: 'first a file' }]);
  expect(only(items, 'reported')).toMatchObject([{ kind: 'milestone', text: 'half way' }]);
  expect(only(items, 'session')).toMatchObject([{ model: 'gpt-5.5', version: expect.stringMatching(/^0\.\d+/) }]);
  expect(only(items, 'unknown')).toEqual([]);
  expect(items.at(-1)).toMatchObject({
    usage: { input_tokens: 6000, cached_tokens: 500, output_tokens: 270, model: 'gpt-5.5' },
  });
  expect(only(items, 'usage').at(-1)?.cost_usd).toBeGreaterThan(0);
  expect(existsSync(launch.rawLog)).toBe(true);
  expect(await on.bench.leftOvers()).toBe(0);
});
