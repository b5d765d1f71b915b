import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeWav } from '../../src/kit/wav.ts';
import { type Call, CliBench } from '../scenarios/cli-bench.ts';
import { edgeLog, hasVoice, jobsOf, spokenWav, startUp, withSystemVoice } from '../voice/edge-program.ts';

const clockJump = join(import.meta.dirname, '../fixtures/voice/clock-jump.mjs');
const sentences = ['Please fix the parser of this project.', 'Then write a test for the lexer.'];
const tasks = ['Fix the parser of this project', 'Write a test for the lexer'];

/** An edge on a file, whose model leaves every turn to the router. */
function startEdge(bench: CliBench, ...more: string[]): Call {
  const utterances = tasks.map((text) => ({ text, answer: { fails: { code: 'server_error', times: 99 } } }));
  const scenario = bench.file('home/voice.json', JSON.stringify({ utterances }));
  const wav = spokenWav(bench, sentences);
  const from = ['--source', `file:${wav}`, '--speech', 'simulated', '--scenario', scenario, '--speak', 'off'];
  return bench.start(['edge', ...from, '--config', bench.config, ...more]);
}

async function heard(bench: CliBench): Promise<readonly string[]> {
  return (await jobsOf(bench)).map(({ spec }) => spec.utterance);
}

test.skipIf(!hasVoice)(
  'an edge killed with unsent words hands them in at its next start',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    bench.withConfig({ agents: { claude: bench.agentOf({ work: [{ done: 'done' }] }) } });
    const first = startEdge(bench, '--json');
    await first.said(/"transcript\.forward_failed"/);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(readFileSync(join(bench.data, 'edge', 'spool.jsonl'), 'utf8')).toContain(tasks[0]);
    await startUp(bench, { work: [{ done: 'done' }] });
    const silent = bench.file('home/silence.wav', '');
    writeFileSync(silent, writeWav(16_000, new Int16Array(16_000)));
    const second = await bench.call(['edge', '--source', `file:${silent}`, '--speech', 'simulated', '--speak', 'off']);
    expect(second.code).toBe(0);
    expect(await heard(bench)).toEqual([tasks[0]]);
  },
);

test.skipIf(!hasVoice)(
  'a gateway that stands still for ten seconds stops no turn, and gets every word once',
  { timeout: 90_000 },
  async () => {
    await using bench = new CliBench().withGit();
    const up = await startUp(bench, { work: [{ done: 'done' }] });
    up.child.kill('SIGSTOP');
    const edge = startEdge(bench, '--json', '--wait');
    await edge.said(/"transcript\.forward_failed"[^\n]*unreachable/);
    up.child.kill('SIGCONT');
    const ended = await edge.ended;
    expect(ended.code).toBe(0);
    expect(await heard(bench)).toEqual(tasks);
    const gaps = edgeLog(bench).filter(({ msg }) => msg === 'edge.gap' || msg === 'edge.dropped');
    expect(gaps).toEqual([]);
  },
);

test.skipIf(!hasVoice)(
  'a time of day that is set back and forth loses no word, doubles none and holds nothing up',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ done: 'done' }] });
    const wav = spokenWav(bench, sentences);
    const scenario = bench.file('home/voice.json', JSON.stringify({ utterances: tasks.map((text) => ({ text })) }));
    const voice = withSystemVoice(bench);
    const from = ['--source', `file:${wav}`, '--speech', 'transcription', '--simulate', '--scenario', scenario];
    const env = { PATH: voice.path, NODE_OPTIONS: `--import=${clockJump}` };
    const edge = await bench.call(['edge', ...from, '--wait', '--config', bench.config], { env });
    expect(edge).toMatchObject({ code: 0, err: '' });
    expect(await heard(bench)).toEqual(tasks);
    expect(voice.said()).toMatch(/Done: /);
    expect(edgeLog(bench).filter(({ msg }) => msg === 'edge.gap' || msg === 'edge.dropped')).toEqual([]);
    for (const { latency_ms: ms = 0 } of edgeLog(bench)) expect(Math.abs(Number(ms))).toBeLessThan(30_000);
  },
);

test('a gateway elsewhere gets its token, and nobody else’s; without one the next step is told', async () => {
  await using bench = new CliBench();
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(request.url === '/health' ? '{"status":"ok","version":"1.0.0"}' : '[]');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const doctor = (env: Record<string, string>) =>
    bench.call(['edge', 'doctor', '--speech', 'simulated', '--gateway', url], { env });
  const without = (await doctor({})).out;
  expect(without).toContain('wants a token');
  const step = /\(tutti (token add [^)]*)\)/.exec(without)?.[1] ?? '';
  const added = await bench.call([...step.split(' '), '--json']);
  expect(JSON.parse(added.out)).toMatchObject({ scopes: ['read', 'submit', 'control'] });
  expect(asked).toEqual([]);
  const { out } = await doctor({ TUTTI_TOKEN: 'the-token-of-this-test' });
  expect(out).toMatch(/ok {4}gateway {5}version 1\.0\.0/);
  expect(out).toMatch(/ok {4}clock/);
  expect(new Set(asked)).toEqual(new Set(['Bearer the-token-of-this-test']));
});

test.each([
  [['--source', 'tape'], {}, /expected mic, browser, file:PATH/],
  [['--source', 'file:/nowhere.wav', '--speech', 'simulated'], {}, /nowhere\.wav is not there/],
  [['--speech', 'telepathy'], {}, /--speech or edge\.speech/],
  [['--gateway', 'http://example.org'], {}, /not encrypted/],
  [['--gateway', 'ftp://example.org'], {}, /--gateway, WSL_GATEWAY_URL/],
  [['tune'], {}, /usage: tutti edge/],
  [['--speaker', 'command:play "x'], {}, /--speaker takes command:PROGRAM/],
  [['--source', 'browser'], { EDGE_STREAM_HOST: '0.0.0.0' }, /EDGE_STREAM_HOST is 127/],
  [[], { VAD_AGGRESSIVENESS: '9' }, /VAD_AGGRESSIVENESS or edge\.vad\.mode/],
  [[], { FRAME_MS: '25' }, /FRAME_MS or edge\.frameMs/],
] as const)('tutti edge %j with %j is refused with the next step', async (words, env, says) => {
  await using bench = new CliBench();
  const { code, err } = await bench.call(['edge', ...words], { env });
  expect(err).toMatch(says);
  expect(code).toBe(2);
});

test.skipIf(!hasVoice)('without a key the call says where it belongs, and a retired model is named', async () => {
  await using bench = new CliBench();
  const wav = spokenWav(bench, ['Hello.']);
  const from = ['edge', '--source', `file:${wav}`];
  expect((await bench.call(from)).err).toContain('OPENAI_API_KEY');
  bench.file('project/.env.local', 'OPENAI_API_KEY=sk-of-this-test\nREALTIME_MODEL=gpt-4o-realtime-preview\n');
  const { code, err, out } = await bench.call(from);
  expect(err).toContain('gpt-4o-realtime-preview has been retired');
  expect(`${err}${out}`).not.toContain('sk-of-this-test');
  expect(code).toBe(2);
});

test.skipIf(process.platform !== 'linux')('without a microphone the next step is told, and nothing else', async () => {
  await using bench = new CliBench();
  const listed = 'null\\n    Nothing\\nspeexrate\\n    A converter\\nhw:CARD=USB,DEV=0\\n    A microphone\\n';
  bench.file('home/bin/arecord', `#!/bin/sh\n[ "$1" = -L ] && printf '${listed}'\n`, 0o755);
  const env = { PATH: join(bench.home, 'bin') };
  const devices = await bench.call(['edge', 'devices', '--json'], { env });
  expect(JSON.parse(devices.out)).toEqual([{ id: 'hw:CARD=USB,DEV=0', name: 'A microphone', isDefault: false }]);
  const { code, err } = await bench.call(['edge', '--speech', 'simulated', '--speak', 'off'], { env });
  expect(err).toMatch(/plug one in, or listen by a page \(--source browser\)/);
  if (!existsSync('/dev/snd')) expect(err.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});
