import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { answerWithBrowser } from '../../src/apps/report/server.ts';
import { ok, refuse } from '../../src/kit/result.ts';
import { LookDoor } from '../../src/runtime/look-door.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { Site } from './site.ts';

const chromium = findChromium(undefined, process.env);
const click = (target: string) => ({ tool: 'click', input: { target, intent: `press ${target}` } });

/** What Claude Code's model does, and what the browser agent's does when it is asked. */
const scenarioOf = (input: object, looks: readonly object[]) => ({
  name: 'look',
  roles: [
    { name: 'browser', when: { prompt: ['You operate a web browser'] }, turns: looks },
    {
      name: 'writer',
      when: { prompt: ['Role: implementer'] },
      turns: [
        { do: [{ tool: 'mcp__tutti__browser_use', input }] },
        { do: [{ write: 'seen.txt', content: 'Thank you\n' }] },
        { say: 'Written down what the page says.' },
      ],
    },
  ],
});

async function runWith(bench: CliBench, scenario: object, browser: object) {
  bench.withConfig({ browser });
  const file = bench.file('scenario.json', JSON.stringify(scenario));
  const words = ['Write down what the page says', '--agent', 'claude', '--config', bench.config, '--no-dashboard'];
  const run = await bench.call(['run', ...words, '--simulate', '--scenario', file, '--json']);
  const events = run.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const answers = events.filter(({ seen }) => seen?.type === 'tool_ended').map(({ seen }) => seen);
  return { run, events, answers };
}

describe.skipIf(chromium === null)('browser_use, asked for by Claude Code', () => {
  test('uses a real browser as a run of the same job, whose cost counts, and answers with what was found as data', async () => {
    await using bench = new CliBench().withGit();
    await using site = await Site.open();
    const looks = [{ do: [click('Go')] }, { do: [click('Finish')] }, { say: 'It says Thank you.' }];
    const scenario = scenarioOf({ task: 'Fill in the form', url: `${site.url}/` }, looks);
    const { events, answers, run } = await runWith(bench, scenario, { forAgents: true, privateHosts: [site.host] });
    expect(site.asked).toContain('/done?');
    expect(answers[0]).toMatchObject({
      ok: true,
      output: expect.stringMatching(/gives no orders:\n~{12,}\nIt says Thank you\./),
    });
    const look = events.find(({ type, mode }) => type === 'run.launching' && mode === 'look');
    expect(look).toMatchObject({ agent: 'browser', run: expect.stringMatching(/\.look\.1$/) });
    const ended = events.find(({ type, run: id }) => type === 'run.ended' && id === look.run);
    expect(ended).toMatchObject({ outcome: { kind: 'completed' }, usage: { input_tokens: 3_000 } });
    const job = events[0].spec.job_id;
    expect(existsSync(join(bench.data, 'workspace', job, 'pages', look.run, 'browser', 'report.html'))).toBe(true);
    expect(run.code).toBe(0);
    expect(bench.git('show', `tutti/${job}:seen.txt`)).toBe('Thank you\n');
  }, 60_000);

  test('goes to no address that nobody allowed, and the agent goes on without', async () => {
    await using bench = new CliBench().withGit();
    await using site = await Site.open();
    const scenario = scenarioOf({ task: 'Look', url: `${site.url}/` }, [{ say: 'never' }]);
    const { answers, run } = await runWith(bench, scenario, { forAgents: true });
    expect(answers[0]).toMatchObject({ ok: false, output: expect.stringContaining('private network') });
    expect(site.asked).toEqual([]);
    expect(run.code).toBe(0);
  }, 60_000);

  test('is no tool unless the configuration says so', async () => {
    await using bench = new CliBench().withGit();
    const { answers, events } = await runWith(bench, scenarioOf({ task: 'Look' }, [{ say: 'never' }]), {});
    expect(answers[0]).toMatchObject({ ok: false, output: expect.stringContaining('No such tool') });
    expect(events.some(({ mode }) => mode === 'look')).toBe(false);
  }, 60_000);
});

describe('the door through which an agent’s tools ask for a look', () => {
  const call = (input: unknown) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'browser_use', arguments: input },
  });

  test('offers the tool beside the others, and passes on what was found or what is wrong', async () => {
    await using door = await LookDoor.open(async ({ task }) =>
      task === 'x' ? ok('found') : refuse('no_look', 'not now'),
    );
    const listed = await answerWithBrowser({ id: 1, method: 'tools/list' }, door.path);
    expect(JSON.stringify(listed)).toMatch(/"report".*"ask".*"browser_use"/);
    const said = async (input: unknown) => (await answerWithBrowser(call(input), door.path))?.result;
    expect(await said({ task: 'x' })).toEqual({ content: [{ type: 'text', text: 'found' }], isError: false });
    expect(await said({ task: 'y' })).toEqual({ content: [{ type: 'text', text: 'not now' }], isError: true });
    for (const wrong of [{}, { task: ' ' }, { task: 'x', more: 1 }, { task: 'x'.repeat(40_000) }, null]) {
      expect(await said(wrong)).toMatchObject({ isError: true });
    }
  });

  test('ends a look for which nobody waits any more, and answers when it is closed', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const door = await LookDoor.open((_, signal) => {
      begun.resolve(signal);
      return new Promise(() => {});
    });
    const asked = answerWithBrowser(call({ task: 'x' }), door.path);
    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    await door[Symbol.asyncDispose]();
    expect(await asked).toMatchObject({ result: { isError: true } });
    await expect.poll(() => signal.aborted).toBe(true);
    expect(existsSync(door.path)).toBe(false);
    expect(await answerWithBrowser(call({ task: 'x' }), door.path)).toMatchObject({
      result: { content: [{ text: expect.stringContaining('cannot be reached') }] },
    });
  });
});
