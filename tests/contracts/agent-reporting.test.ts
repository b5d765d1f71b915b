import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../../simulator/scenario.ts';
import { answer, callTool } from '../../src/apps/report/server.ts';
import { only, outcomeIn, sessionIn, watch } from './agent-bench.ts';
import { type Program, stage } from './real-stage.ts';

const server = [process.execPath, join(import.meta.dirname, '../../bin/report.mjs')];

/** A call of a reporting tool as each program's model would make it. */
function call(program: Program, tool: string, input: unknown): Action {
  return program === 'codex' ? { tool, namespace: 'mcp__tutti', input } : { tool: `mcp__tutti__${tool}`, input };
}

test.each(['claude', 'codex'] as const)('%s reports and asks through the tools it was given', async (program) => {
  await using on = await stage(program, [
    { do: [call(program, 'report', { type: 'milestone', text: 'half way', progress: 50 })] },
    { do: [call(program, 'report', { type: 'nonsense', text: 'x' })] },
    { do: [call(program, 'ask', { question: 'Which one?', options: ['a', 'b'] })] },
    { say: 'The milestone is complete, please review: done.' },
  ]);
  const items = await watch(on.driver.start(on.bench.launch('Do the task', { reporting: server })));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed' });
  expect(only(items, 'reported')).toEqual([
    { type: 'reported', kind: 'milestone', text: 'half way', progress: 50, file: null, data: null },
    {
      type: 'reported',
      kind: 'question',
      text: 'Which one?',
      progress: null,
      file: null,
      data: { options: ['a', 'b'] },
    },
  ]);
  expect(await on.bench.leftOvers()).toBe(0);
});

test.each(['claude', 'codex'] as const)(
  '%s ends its turn after a question, and goes on in its session with the answer',
  async (program) => {
    await using on = await stage(program, [
      { do: [call(program, 'ask', { question: 'Which one?' })] },
      { say: 'I wait for your answer.' },
      { say: 'Then it is the first.' },
    ]);
    const first = await watch(on.driver.start(on.bench.launch('Do the task', { reporting: server })));
    expect(outcomeIn(first)).toMatchObject({ kind: 'completed', answer: 'I wait for your answer.' });
    expect(only(first, 'reported')).toMatchObject([{ kind: 'question', text: 'Which one?' }]);
    expect(only(first, 'permission').filter(({ verdict }) => verdict === 'deny')).toEqual([]);
    const told = JSON.stringify(on.simulator.requests().at(-1)?.body);
    expect(told).toContain('Your question is on its way. End your turn now.');
    const resume = sessionIn(first);
    const answered = on.bench.launch('Their answer: the first.', { reporting: server, resume });
    const second = await watch(on.driver.start(answered));
    expect(outcomeIn(second)).toMatchObject({ kind: 'completed', answer: 'Then it is the first.' });
    expect(sessionIn(second)).toBe(resume);
    expect(only(second, 'reported')).toEqual([]); // the old question is not asked again
    expect(await on.bench.leftOvers()).toBe(0);
  },
);

// Gemini starts no MCP server in a folder it does not trust, and a project must not be trusted to configure it.
test('gemini, which gets no tools of ours, reports by a line of its own in its words', async () => {
  const line = JSON.stringify({ type: 'milestone', payload: { text: 'half way', progress: 50 } });
  await using on = await stage('gemini', [{ say: `The review is done, a milestone.\n\n${line}\n\nSo far.` }]);
  const items = await watch(on.driver.start(on.bench.launch('Do the task', { reporting: server })));
  expect(only(items, 'reported')).toMatchObject([{ kind: 'milestone', text: 'half way', progress: 50 }]);
});

test('the reporting server answers as the protocol asks, and refuses what it does not know', () => {
  expect(
    answer({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }),
  ).toMatchObject({
    id: 1,
    result: { protocolVersion: '2025-11-25', serverInfo: { name: 'tutti' } },
  });
  expect(answer({ jsonrpc: '2.0', method: 'notifications/initialized' })).toBeNull();
  expect(answer({ jsonrpc: '2.0', id: 2, method: 'server/discover' })).toMatchObject({ error: { code: -32601 } });
  expect(answer({ jsonrpc: '2.0', id: 3, method: 'tools/list' })).toMatchObject({
    result: { tools: [{ name: 'report' }, { name: 'ask' }] },
  });
  expect(callTool('report', { type: 'milestone' })).toMatchObject({ isError: true });
  expect(callTool('rm', {})).toMatchObject({ isError: true });
});
