import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../simulator/scenario.ts';
import { claudeDriver } from '../../src/adapters/agent-claude/driver.ts';
import type { AgentConfig } from '../../src/ports/agent.ts';
import { type MakeDriver, Stage, script } from './agent-stage.ts';

const config: AgentConfig = { name: 'claude', protocol: 'claude', vendor: 'anthropic' };
const driver: MakeDriver = (endpoint, world) => claudeDriver({ ...config, endpoint }, world);
const impatient = { CLAUDE_CODE_MAX_RETRIES: '0' };
const open = (...turns: Turn[]) => Stage.open(script(...turns), driver, impatient);

describe('claude: permission', () => {
  it('a write outside the working folder passes the permit function with its path, and is denied', async () => {
    const outside = '/nowhere-to-write/x.txt';
    await using bench = await open({ do: [{ write: outside, content: 'x' }] }, { say: 'Could not.' });
    bench.permit = ({ paths }) =>
      paths.includes(outside) ? { verdict: 'deny', reason: 'outside' } : { verdict: 'allow', reason: 'inside' };
    const run = bench.start();
    await run.end();
    expect(bench.asked).toMatchObject([{ kind: 'edit', tool: 'Write', paths: [outside], command: null }]);
    expect(run.of('tool_ended')).toMatchObject([{ ok: false, output: expect.stringContaining('outside') }]);
    expect(run.of('permission')).toHaveLength(1);
    await expect(stat(outside)).rejects.toThrow('ENOENT');
  });

  it('even commands that Claude Code thinks harmless are asked for, each call once', async () => {
    await using bench = await open({ do: [{ shell: 'ls' }, { shell: 'cat nothing' }] }, { say: 'ok' });
    const run = bench.start();
    await run.end();
    expect(bench.asked.map((request) => request.command)).toEqual(['ls', 'cat nothing']);
    expect(
      run
        .of('tool_ended')
        .map((ended) => ended.exit_code)
        .sort(),
    ).toEqual([0, 1]); // they run side by side
  });

  it('a permit function that throws denies', async () => {
    await using bench = await open({ do: [{ shell: 'touch no' }] }, { say: 'ok' });
    bench.permit = () => Promise.reject(new Error('broken'));
    await bench.start().end();
    await expect(stat(join(bench.cwd, 'no'))).rejects.toThrow('ENOENT');
  });

  it.each(['review', 'plan'] as const)('in mode %s there is no tool that writes', async (mode) => {
    await using bench = await open({ do: [{ write: 'a.txt', content: 'x' }] }, { say: 'ok' });
    await bench.start({ mode }).end();
    const tools = JSON.stringify(bench.simulator.requests()[0]?.body);
    for (const tool of ['Write', 'Edit', 'NotebookEdit']) expect(tools).not.toContain(`"name":"${tool}"`);
    await expect(stat(join(bench.cwd, 'a.txt'))).rejects.toThrow('ENOENT');
  });

  it('settings and hooks that the project brings are not run', async () => {
    await using bench = await open({ do: [{ shell: 'true' }] }, { say: 'ok' });
    const hook = { hooks: [{ type: 'command', command: `touch ${join(bench.cwd, 'hooked')}` }] };
    const hooks = { SessionStart: [hook], PreToolUse: [{ ...hook, matcher: 'Bash' }] };
    await mkdir(join(bench.cwd, '.claude'));
    await writeFile(
      join(bench.cwd, '.claude/settings.json'),
      JSON.stringify({ hooks, permissions: { allow: ['Bash'] } }),
    );
    await bench.start().end();
    expect(bench.asked).toHaveLength(1);
    await expect(stat(join(bench.cwd, 'hooked'))).rejects.toThrow('ENOENT');
  });

  it("the person's own allow rules and mode do not pass by the permit function", async () => {
    const plain: MakeDriver = (_, world) => claudeDriver(config, world);
    const turns: Turn[] = [{ do: [{ shell: 'touch no' }, { write: 'no.txt', content: 'x' }] }, { say: 'ok' }];
    await using bench = await Stage.open(script(...turns), plain, impatient);
    bench.permit = () => ({ verdict: 'deny', reason: 'ours decides' });
    await mkdir(join(bench.home, '.claude'));
    const permissions = { allow: ['Bash', 'Write'], defaultMode: 'acceptEdits' };
    await writeFile(join(bench.home, '.claude/settings.json'), JSON.stringify({ permissions }));
    const { env } = bench.launch();
    const account = {
      ANTHROPIC_BASE_URL: bench.simulator.url,
      ANTHROPIC_API_KEY: 'k',
      CLAUDE_CONFIG_DIR: join(bench.home, '.claude'),
    };
    const { outcome } = await bench.start({ env: { ...env, ...account } }).end();
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(bench.asked.map((request) => request.tool)).toEqual(['Bash', 'Write']);
    await expect(stat(join(bench.cwd, 'no'))).rejects.toThrow('ENOENT');
    await expect(stat(join(bench.cwd, 'no.txt'))).rejects.toThrow('ENOENT');
  });

  it('with an endpoint of its own, no real account of the environment reaches it', async () => {
    await using bench = await open({ do: [{ shell: 'env > seen.txt' }] }, { say: 'ok' });
    const { env } = bench.launch();
    const real = {
      ANTHROPIC_AUTH_TOKEN: 'real-token',
      CLAUDE_CODE_OAUTH_TOKEN: 'real-token',
      ANTHROPIC_API_KEY: 'real-token',
    };
    await bench.start({ env: { ...env, ...real } }).end();
    expect(await readFile(join(bench.cwd, 'seen.txt'), 'utf8')).not.toContain('real-token');
  });
});
