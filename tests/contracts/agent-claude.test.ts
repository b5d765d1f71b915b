import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../simulator/index.ts';
import type { Turn } from '../../simulator/scenario.ts';
import { claudeDriver } from '../../src/adapters/agent-claude/driver.ts';
import type { FailureCause } from '../../src/domain/agent-event.ts';
import type { AgentConfig } from '../../src/ports/agent.ts';
import { agentContract } from './agent-contract.ts';
import { appears, type MakeDriver, Stage, script, Watched } from './agent-stage.ts';

const config: AgentConfig = { name: 'claude', protocol: 'claude', vendor: 'anthropic' };
const driver: MakeDriver = (endpoint, world) => claudeDriver({ ...config, endpoint }, world);
const impatient = { CLAUDE_CODE_MAX_RETRIES: '0' };

agentContract('claude', () => ({
  driver,
  withoutProgram: (world) => claudeDriver({ ...config, bin: '/nowhere/claude' }, world),
  impatient,
  steering: 'delivered',
}));

const open = (...turns: Turn[]) => Stage.open(script(...turns), driver, impatient);

describe('claude: results', () => {
  it('a structured answer is given as a value', async () => {
    const answer = { verdict: 'approved', summary: 'fine', issues: [] };
    await using bench = await open({ answer });
    const schema = { type: 'object', properties: { verdict: { type: 'string' } }, required: ['verdict'] };
    const { outcome } = await bench.start({ mode: 'review', answerSchema: schema }).end();
    expect(outcome).toMatchObject({ kind: 'completed', structured: answer });
  });

  it('a schema that is never answered is a failure, not a success', async () => {
    await using bench = await open({ say: 'I would rather chat.' });
    const { outcome } = await bench.start({ answerSchema: { type: 'object', properties: {} } }).end();
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'no_result' });
  });

  it('tokens and cost of a resumed run are its own part, not the total of the session', async () => {
    const usage = { input: 700, cached: 300, output: 40 };
    await using bench = await open({ say: 'One.', usage }, { say: 'Two.', usage });
    const run = bench.start();
    const first = await run.end();
    const { session } = await run.first('session');
    const second = await bench.start({ resume: session, prompt: 'More.' }).end();
    expect(first.usage).toMatchObject({ input_tokens: 1000, cached_tokens: 300, output_tokens: 40 });
    expect(second.usage).toEqual(first.usage);
    expect(first.usage.cost_usd).toBeGreaterThan(0);
  });

  it('a message sent while the last words are being said is still answered, and that answer is the outcome', async () => {
    const roles = [
      { name: 'late', when: { prompt: ['One more thing'] }, turns: [{ say: 'That too.' }] },
      { name: 'task', when: { prompt: ['Do the task'] }, turns: [{ say: 'slow words '.repeat(40), chunkDelayMs: 50 }] },
    ];
    await using bench = await Stage.open([{ name: 'test', roles }], driver, impatient);
    const run = bench.start();
    while (bench.simulator.requests().length === 0) await new Promise(setImmediate);
    expect(await run.run.steer('One more thing.')).toBe('delivered');
    expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'That too.' });
  });

  it('an unknown session to resume is session_lost', async () => {
    await using bench = await open({ say: 'Never.' });
    const { outcome } = await bench.start({ resume: '11111111-1111-4111-8111-111111111111' }).end();
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'session_lost' });
  });

  it('a further folder given as writable may be written', async () => {
    const scenario = (folder: string): Scenario[] =>
      script({ do: [{ shell: `echo x > ${folder}/y.txt` }] }, { say: 'ok' });
    await using place = await open({ say: 'place' });
    await using bench = await Stage.open(scenario(place.cwd), driver, impatient);
    await bench.start({ writable: [place.cwd] }).end();
    expect(await readFile(join(place.cwd, 'y.txt'), 'utf8')).toBe('x\n');
  });
});

describe('claude: failures of the API', () => {
  const rateLimited = (after: string) => ({ error: { status: 429, headers: { 'retry-after': after } } });
  it.each<[string, Turn, FailureCause, number | null]>([
    ['400', { error: { status: 400, message: 'bad thing' } }, 'bad_request', 400],
    [
      '400 for a prompt too long',
      { error: { status: 400, message: 'prompt is too long: 250000 tokens > 200000 maximum' } },
      'context_too_long',
      400,
    ],
    [
      '400 without credit',
      { error: { status: 400, message: 'Your credit balance is too low to access the Anthropic API.' } },
      'quota',
      400,
    ],
    ['403', { error: { status: 403, message: 'no access' } }, 'forbidden', 403],
    ['404 for the model', { error: { status: 404, message: 'model: no-such' } }, 'model_missing', 404],
    ['429', { error: { status: 429 } }, 'rate_limited', 429],
    ['429 with a long retry-after', rateLimited('300'), 'rate_limited', 429],
    ['500', { error: { status: 500 } }, 'server_error', 500],
    ['529', { error: { status: 529 } }, 'overloaded', 529],
    ['a refusal', { say: 'no', stopReason: 'refusal' }, 'refused', null],
    ['an empty answer', { say: '' }, 'empty_answer', null],
    ['a broken stream', { raw: 'event: message_start\ndata: {broken\n\n' }, 'protocol', null],
  ])('%s is named, with one sentence on what to do', async (_, turn, cause, http_status) => {
    await using bench = await open(turn);
    const { outcome, exit } = await bench.start().end();
    expect(outcome).toMatchObject({ kind: 'failed', cause, http_status, message: expect.stringMatching(/.{30}/) });
    expect(exit).not.toBeNull();
  });

  it('a retry is told while it happens, with its delay, and an error that passes does no harm', async () => {
    await using bench = await Stage.open(
      script({ say: 'At last.', error: { status: 429, headers: { 'retry-after': '1' }, times: 1 } }),
      driver,
      { CLAUDE_CODE_MAX_RETRIES: '1' },
    );
    const run = bench.start();
    expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'At last.' });
    expect(run.of('retrying')).toMatchObject([{ attempt: 1, of: 1, why: expect.stringContaining('429') }]);
    expect(run.of('retrying')[0]?.in_ms).toBeGreaterThanOrEqual(1000);
  });

  it('a connection that breaks within the answer is taken up again', async () => {
    await using bench = await Stage.open(script({ say: 'Whole.', drop: { at: 'mid_stream', times: 1 } }), driver, {
      CLAUDE_CODE_MAX_RETRIES: '1',
    });
    expect((await bench.start().end()).outcome).toMatchObject({ kind: 'completed', answer: 'Whole.' });
  });

  it('a refused connection is unreachable', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const nobody: MakeDriver = (endpoint, world) => driver({ ...endpoint, url: `http://127.0.0.1:${port}` }, world);
    await using bench = await Stage.open([], nobody, impatient);
    expect((await bench.start().end()).outcome).toMatchObject({ kind: 'failed', cause: 'unreachable' });
  });

  it('without a key or a login it is not_logged_in and says what to run', async () => {
    await using bench = await Stage.open([], (endpoint, world) => driver({ ...endpoint, key: '' }, world));
    const { outcome } = await bench.start().end();
    expect(outcome).toMatchObject({ kind: 'failed', cause: 'not_logged_in' });
    expect(outcome.kind === 'failed' && outcome.message).toContain('Run `claude` and log in');
  });
});

/** A program that answers `--version` and then does what the given shell lines say. */
async function scripted(bench: Stage, lines: string, version = '2.1.329'): Promise<Watched> {
  const bin = join(bench.home, 'claude');
  await writeFile(
    bin,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo '${version} (Claude Code)'; exit 0; fi\n${lines}\n`,
  );
  await chmod(bin, 0o755);
  return new Watched(claudeDriver({ ...config, bin }, bench.world).start(bench.launch()));
}

const result = (more: object = {}) =>
  JSON.stringify({
    subtype: 'success',
    is_error: false,
    terminal_reason: 'completed',
    result: 'ok',
    type: 'result',
    ...more,
  });

describe('claude: a program that misbehaves', () => {
  it('one that hears neither an interrupt nor a polite signal is killed, with all it started', async () => {
    await using bench = await open();
    const run = await scripted(bench, "trap '' INT TERM; touch begun; while :; do sleep 1; done");
    await appears(join(bench.cwd, 'begun'));
    await run.run.stop('limit', 'Too long.');
    expect((await run.end()).outcome).toMatchObject({ kind: 'stopped', cause: 'limit' });
    expect(await bench.leftOvers()).toBe(0);
  });

  it('a version that is too old is refused before it runs, with what to install', async () => {
    await using bench = await open();
    const run = await scripted(bench, 'touch ran', '2.1.197');
    const { outcome } = await run.end();
    expect(outcome).toMatchObject({
      kind: 'failed',
      cause: 'too_old',
      message: expect.stringContaining('npm install'),
    });
    await expect(stat(join(bench.cwd, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('success in the subtype does not hide is_error', async () => {
    await using bench = await open();
    const bad = result({
      is_error: true,
      terminal_reason: 'api_error',
      result: 'API Error: 500 oops',
      api_error_status: 500,
    });
    const run = await scripted(bench, `cat >/dev/null <&0 & echo '${bad}'; exit 1`);
    expect((await run.end()).outcome).toMatchObject({ kind: 'failed', cause: 'server_error', http_status: 500 });
  });

  it('of several results the last one counts', async () => {
    await using bench = await open();
    const run = await scripted(bench, `echo '${result({ result: 'early' })}'; echo '${result({ result: 'late' })}'`);
    expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'late' });
  });

  it('exit code 0 without a result is no success', async () => {
    await using bench = await open();
    const run = await scripted(bench, 'exit 0');
    expect((await run.end()).outcome).toMatchObject({ kind: 'failed', cause: 'no_result' });
  });

  it('a crash tells the last words of stderr', async () => {
    await using bench = await open();
    const run = await scripted(bench, 'echo "out of luck" >&2; exit 7');
    const { outcome, exit } = await run.end();
    expect(outcome).toMatchObject({
      kind: 'failed',
      cause: 'crashed',
      message: expect.stringContaining('out of luck'),
    });
    expect(exit).toEqual({ code: 7, signal: null });
  });

  it('malformed and unknown lines are kept as events and are not fatal', async () => {
    await using bench = await open();
    const odd = [
      'not json',
      '[1]',
      '{"no":"type"}',
      '{"type":"brand_new","x":1}',
      '{"type":"system","subtype":"newer"}',
    ];
    const run = await scripted(bench, `${odd.map((line) => `echo '${line}'`).join('\n')}\necho '${result()}'`);
    expect((await run.end()).outcome).toMatchObject({ kind: 'completed' });
    expect(run.of('malformed').map((line) => line.head)).toEqual(odd.slice(0, 3));
    expect(run.of('unknown').map((line) => line.name)).toEqual(['brand_new', 'system/newer']);
  });

  it('a line of a megabyte is read and clipped, one of seventeen is malformed', async () => {
    await using bench = await open();
    const long = (bytes: number) =>
      `printf '{"type":"assistant","message":{"content":[{"type":"text","text":"'; head -c ${bytes} /dev/zero | tr '\\0' a; echo '"}]}}'`;
    const run = await scripted(bench, `${long(1 << 20)}\n${long(17 << 20)}\necho '${result()}'`);
    expect((await run.end()).outcome).toMatchObject({ kind: 'completed' });
    expect(run.of('message')).toHaveLength(1);
    expect(run.of('message')[0]?.text.length).toBeLessThanOrEqual(16 * 1024);
    expect(run.of('malformed')).toMatchObject([
      { bytes: expect.any(Number), reason: expect.stringContaining('16 MiB') },
    ]);
  });

  it('a result without a cost leaves the cost unknown, never zero', async () => {
    await using bench = await open();
    const run = await scripted(bench, `echo '${result()}'`);
    expect((await run.end()).usage).toMatchObject({ cost_usd: null, input_tokens: null });
  });
});
