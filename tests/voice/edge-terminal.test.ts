import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeWav } from '../../src/kit/wav.ts';
import { CliBench } from '../scenarios/cli-bench.ts';

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
