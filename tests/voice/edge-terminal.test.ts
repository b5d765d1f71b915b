import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeWav } from '../../src/kit/wav.ts';
import { babble } from '../fixtures/voice/sound.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { edgeLog } from './edge-program.ts';

test('on a terminal a meter moves, the space bar mutes, and q ends with the summary', { timeout: 30_000 }, async () => {
  await using bench = new CliBench();
  const wav = bench.file('home/quiet.wav', '');
  writeFileSync(wav, writeWav(16_000, new Int16Array(16_000 * 25)));
  const from = ['--source', `file:${wav}`, '--speech', 'simulated', '--speak', 'off', '--data', bench.data];
  const edge = bench.startAtTerminal(['edge', ...from]);
  await edge.said(/listening {2}space mute, q quit/);
  edge.child.stdin.write(' ');
  await edge.said(/muted/);
  edge.child.stdin.write('q');
  const { out, code } = await edge.ended;
  expect(out).toMatch(/heard 0:\d\d: 0 turns, 0 with words/);
  expect(out).toMatch(/frames given up 0/);
  expect(code).toBe(0);
});

test('Ctrl-C ends a program that is not at a terminal cleanly', { timeout: 30_000 }, async () => {
  await using bench = new CliBench();
  const wav = bench.file('home/quiet.wav', '');
  writeFileSync(wav, writeWav(16_000, new Int16Array(16_000 * 25)));
  const edge = bench.start(['edge', '--source', `file:${wav}`, '--speech', 'simulated', '--speak', 'off', '--json']);
  await edge.said(/"edge\.first_frame"/);
  edge.child.kill('SIGINT');
  const { out, code } = await edge.ended;
  expect(out).toContain('"voice_streamer.stop"');
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', turns: 0, waiting: 0 });
  expect(code).toBe(0);
});

/** An edge at a terminal in a room where somebody talks all the time. */
function inLoudRoom(bench: CliBench, ...more: string[]) {
  const wav = bench.file('home/loud.wav', '');
  writeFileSync(wav, writeWav(16_000, babble(40_000)));
  const from = ['--source', `file:${wav}`, '--speech', 'transcription', '--simulate', '--speak', 'off'];
  return bench.startAtTerminal(['edge', ...from, '--data', bench.data, ...more]);
}

/** Turns that reached the speech service. */
const turns = (bench: CliBench) => edgeLog(bench).filter(({ msg }) => msg === 'transcript.final').length;

test('with push to talk the space bar begins a turn and ends it, and nothing else does', {
  timeout: 30_000,
}, async () => {
  await using bench = new CliBench();
  const edge = inLoudRoom(bench, '--push-to-talk');
  await edge.said(/waiting {4}space talk, m mute, q quit/);
  await expect.poll(() => edgeLog(bench).some(({ msg }) => msg === 'edge.first_frame')).toBe(true);
  edge.child.stdin.write(' ');
  await edge.said(/(?:hearing[\s\S]*?){5}/); // drawn ten times a second: some of the room is heard by then
  edge.child.stdin.write(' ');
  await edge.said(/› Add a greeting to the README/);
  edge.child.stdin.write(' ');
  await expect.poll(() => edgeLog(bench).filter(({ msg }) => msg === 'vad.start')).toHaveLength(2);
  edge.child.stdin.write('m'); // what was begun shall not be heard
  await edge.said(/muted/);
  edge.child.stdin.write(' q');
  const { out, code } = await edge.ended;
  expect(out).toMatch(/: 2 turns, 1 with words/);
  expect(turns(bench)).toBe(1);
  expect(code).toBe(0);
});

test('whoever is muted is not heard however loud the room, and is heard again after', { timeout: 30_000 }, async () => {
  await using bench = new CliBench();
  const edge = inLoudRoom(bench, '--mute');
  await edge.said(/muted {4,}space mute/);
  await expect.poll(() => edgeLog(bench).some(({ msg }) => msg === 'edge.first_frame')).toBe(true);
  expect(edgeLog(bench).map(({ msg }) => msg)).not.toContain('vad.start');
  edge.child.stdin.write(' ');
  await edge.said(/hearing {4}/);
  edge.child.stdin.write('m');
  await expect.poll(() => edgeLog(bench).findLast(({ msg }) => msg === 'edge.muted')?.muted).toBe(true);
  edge.child.stdin.write('q');
  const { out, code } = await edge.ended;
  expect(out).toMatch(/: 1 turn, 0 with words/);
  expect(turns(bench)).toBe(0);
  expect(code).toBe(0);
});
