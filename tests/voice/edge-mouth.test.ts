import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandSpeaker } from '../../src/adapters/speaker-command/speaker.ts';
import { fileMemory } from '../../src/adapters/spool-file/memory.ts';
import { commandVoice } from '../../src/adapters/voice-system/voice.ts';

const program = join(import.meta.dirname, '../fixtures/voice/speaker.mjs');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tutti-mouth-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function listening(path: string): string {
  const file = join(path, 'played.pcm');
  writeFileSync(file, '');
  return file;
}

test('a speaker gives its program all sound in order, and knows when it will have been heard', async () => {
  const file = listening(folder());
  let now = 0;
  const speaker = commandSpeaker([process.execPath, program, file], () => now);
  speaker.play('a', new Int16Array(2_400).fill(1));
  speaker.play('a', new Int16Array(2_400).fill(2));
  speaker.play('b', new Int16Array(2_400).fill(3));
  now = 150;
  expect(speaker.played('a')).toBe(150);
  expect(speaker.played('b')).toBe(0);
  now = 260;
  expect([speaker.played('a'), speaker.played('b')]).toEqual([200, 60]);
  now = 1_000;
  await speaker.silent();
  await speaker[Symbol.asyncDispose]();
  const bytes = readFileSync(file);
  expect([bytes.length, bytes[0], bytes[4_800], bytes[9_600]]).toEqual([14_400, 1, 2, 3]);
});

test('a stop ends the sound at once, tells what was heard, and what follows begins anew', async () => {
  const file = listening(folder());
  let now = 0;
  const speaker = commandSpeaker([process.execPath, program, file], () => now);
  speaker.play('a', new Int16Array(24_000));
  const silent = speaker.silent();
  now = 300;
  speaker.stop();
  await silent;
  now = 5_000;
  expect(speaker.played('a')).toBe(300);
  speaker.play('b', new Int16Array(2_400));
  now = 5_050;
  expect(speaker.played('b')).toBe(50);
  now = 6_000;
  await speaker[Symbol.asyncDispose]();
  expect(statSync(file).size).toBeGreaterThanOrEqual(4_800);
});

test('a player that is not there costs nothing but the sound', async () => {
  const speaker = commandSpeaker(['/nowhere/player']);
  speaker.play('a', new Int16Array(240));
  await speaker.silent();
  speaker.play('b', new Int16Array(240));
  await speaker[Symbol.asyncDispose]();
});

test('words reach the system’s voice as data: not as arguments, not as a script', async () => {
  const path = folder();
  const file = join(path, 'said');
  const words = '-v "$(touch pwned)"; --help\n`id`';
  await commandVoice(['sh', '-c', `cat > "${file}"`]).say(words, new AbortController().signal);
  expect(readFileSync(file, 'utf8')).toBe(words);
});

test('an abort cuts the voice off, and a voice that is missing keeps nobody waiting', async () => {
  const cut = new AbortController();
  const saying = commandVoice([process.execPath, '-e', 'setInterval(() => {}, 1000)']).say('x', cut.signal);
  cut.abort();
  await saying;
  await commandVoice(['/nowhere/voice']).say('x', new AbortController().signal);
});

test('what was told is known at the next start, and a damaged memory begins anew', () => {
  const path = join(folder(), 'memory.json');
  const fail = (why: string) => expect.fail(why);
  const all = { traces: [{ id: 't', about: 'x', jobs: ['j'] }], told: ['n'], roster: [] };
  fileMemory(path, fail).write(all);
  expect(fileMemory(path, fail).read()).toEqual(all);
  writeFileSync(path, '{"traces":');
  expect(fileMemory(path, fail).read()).toEqual({ traces: [], told: [], roster: [] });
});
