import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { CliBench } from './cli-bench.ts';
import { asks } from './cli-jobs.ts';

const root = join(import.meta.dirname, '..', '..');
const tools = ['submit_task', 'list_jobs', 'job_status', 'job_result', 'answer_question', 'control', 'costs'];

/** An agent's client, with `tutti mcp` of the bench's data folder as its server. */
async function connected(bench: CliBench): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const env = { PATH: process.env.PATH ?? '', HOME: bench.home, TUTTI_DATA: bench.data };
  const args = [join(root, 'src', 'start.ts'), 'mcp'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, cwd: bench.project }));
  onTestFinished(() => client.close());
  return client;
}

interface Told {
  readonly text: string;
  readonly isError: boolean;
  /** The text as JSON; null where it is none. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

async function call(client: Client, name: string, input: Readonly<Record<string, unknown>> = {}): Promise<Told> {
  const told = await client.callTool({ name, arguments: { ...input } });
  const [first] = told.content as readonly { readonly text?: string }[];
  const text = first?.text ?? '';
  const isError = told.isError === true;
  return { text, isError, json: isError ? null : JSON.parse(text) };
}

test('a task is handed in, its question answered and its result read, all by tools', async () => {
  await using bench = new CliBench().withGit().withAgent(asks);
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  await up.said(/token in/);
  const client = await connected(bench);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(expect.arrayContaining(tools));
  const { json: task } = await call(client, 'submit_task', { task: 'Paint it', agent: 'solo' });
  const job = String(task?.job_id);
  expect(await call(client, 'job_result', { job })).toMatchObject({ isError: true, text: /^not_ended/ });
  const status = async (name: string) => (await call(client, 'job_status', { job: name })).json;
  await expect
    .poll(() => status('latest'), { timeout: 20_000 })
    .toMatchObject({
      job_id: job,
      status: 'waiting',
      questions: [{ text: 'Red or blue?' }],
    });
  const answered = await call(client, 'answer_question', { answer: 'red' });
  expect(answered.json).toMatchObject({ verb: 'answer', accepted: true });
  await expect.poll(() => status(job), { timeout: 20_000 }).toMatchObject({ status: 'completed' });
  const { json: result } = await call(client, 'job_result', { job, diff: true });
  expect(result).toMatchObject({ status: 'completed', cut: false });
  expect(result?.diff).toContain('answer.txt');
  expect((await call(client, 'list_jobs')).json).toMatchObject([{ id: job }]);
  expect((await call(client, 'costs', { by: 'agent' })).json).toMatchObject([{ name: 'solo' }]);
  const late = await call(client, 'control', { job, verb: 'pause' });
  expect([late.isError, late.text]).toEqual([true, expect.stringMatching(/^ended: /)]);
  up.child.kill('SIGTERM');
  await up.ended;
  const gone = await call(client, 'list_jobs');
  expect([gone.isError, gone.text]).toEqual([true, 'not_running: Tutti is not running: start it with tutti up']);
});

test('without a running Tutti the tools say so, start none and make nothing', async () => {
  await using bench = new CliBench();
  const client = await connected(bench);
  expect(await call(client, 'submit_task', { task: 'x' })).toMatchObject({ isError: true });
  expect(globSync('**', { cwd: bench.data })).toEqual([]);
});

test('the slash commands use tools that there are', () => {
  const files = globSync('commands/claude/*.md', { cwd: root }).sort();
  const names = ['orch-pause', 'orch-resume', 'orch-review', 'orch-status', 'orch-stop', 'orchestrate'];
  expect(files).toEqual(names.map((name) => join('commands', 'claude', `${name}.md`)));
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const used = [...text.matchAll(/mcp__tutti__(\w+)/g)].map(([, name]) => name ?? '');
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !tools.includes(name))).toEqual([]);
    expect(text).toMatch(/^---\ndescription: .+\n/);
    expect(text).toContain('$ARGUMENTS');
  }
});
