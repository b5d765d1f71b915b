import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliBench } from '../scenarios/cli-bench.ts';
import { edgeLog, hasVoice, jobsOf, spokenWav, startUp, withSystemVoice } from './edge-program.ts';

const speaker = join(import.meta.dirname, '../fixtures/voice/speaker.mjs');
const sentence = 'Please add a greeting to the read me file of this project.';
const task = 'Add a greeting to the README';

test.skipIf(!hasVoice)(
  'speech sounds become a job by way of a talking model, and the result is spoken',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    const wav = spokenWav(bench, [sentence]);
    const sound = bench.file('home/played.pcm', '');
    const call = { tool: 'start_task', args: { task } };
    const scenario = bench.file(
      'home/voice.json',
      JSON.stringify({ utterances: [{ text: sentence, answer: { call } }] }),
    );
    const from = ['--source', `file:${wav}`, '--speech', 'simulated', '--scenario', scenario, '--wait'];
    const player = ['--speaker', `command:${process.execPath} ${speaker} ${sound}`];
    const edge = await bench.call(['edge', ...from, ...player, '--config', bench.config]);
    expect(edge).toMatchObject({ code: 0, err: '' });
    expect(edge.out).toContain(`› ${sentence}`);
    expect(edge.out).toMatch(/‹ Done: /);
    expect(edge.out).toMatch(/handed in 2, jobs begun 1/);
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    expect(statSync(sound).size).toBeGreaterThan(20_000);
    const names = edgeLog(bench).map(({ msg }) => msg);
    const expected = ['voice_streamer.start', 'edge.first_frame', 'vad.start', 'vad.stop', 'transcript.final'];
    expect(names).toEqual(
      expect.arrayContaining([...expected, 'transcript.forwarded', 'job.claimed', 'job.first_event']),
    );
    expect(names.at(-1)).toBe('voice_streamer.stop');
    expect(JSON.stringify(edgeLog(bench))).not.toContain('greeting');
  },
);

test.skipIf(!hasVoice)(
  'where the model answers nothing the words go to the router, and the system’s voice stands in',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    const wav = spokenWav(bench, [sentence]);
    const utterances = [{ text: task, answer: { fails: { code: 'server_error', times: 99 } } }];
    const scenario = bench.file('home/voice.json', JSON.stringify({ utterances }));
    const voice = withSystemVoice(bench);
    const from = ['--source', `file:${wav}`, '--speech', 'simulated', '--scenario', scenario, '--wait'];
    const edge = await bench.call(['edge', ...from, '--speak', 'system', '--config', bench.config], {
      env: { PATH: voice.path },
    });
    expect(edge).toMatchObject({ code: 0, err: '' });
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    expect(voice.said()).toMatch(/Done: /);
  },
);

test.skipIf(!hasVoice)('a file is heard from its first word on', { timeout: 60_000 }, async () => {
  await using bench = new CliBench();
  const wav = spokenWav(bench, ['Stop.'], 0);
  const edge = await bench.call(['edge', '--source', `file:${wav}`, '--speech', 'simulated', '--speak', 'off']);
  expect(edge.out).toMatch(/: 1 turn, 1 with words/);
});

test.skipIf(!hasVoice)(
  'a service that writes down and nothing more: the router makes the job, and the system’s voice tells of it',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    const wav = spokenWav(bench, [sentence]);
    const voice = withSystemVoice(bench);
    const from = ['--source', `file:${wav}`, '--speech', 'transcription', '--simulate', '--wait'];
    const edge = await bench.call(['edge', ...from, '--config', bench.config], { env: { PATH: voice.path } });
    expect(edge).toMatchObject({ code: 0, err: '' });
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    expect(voice.said()).toMatch(/Done: Add a greeting to the README/);
    expect(edge.out).toMatch(/handed in 1, jobs begun 1/);
    expect(edgeLog(bench).map(({ msg }) => msg)).not.toContain('edge.tool');
  },
);

test.skipIf(!hasVoice)(
  'without a scenario the simulated model shows the whole way: a job is begun, and asked after',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    const wav = spokenWav(bench, [sentence, 'How is it going?', 'What was the price of all that?', 'Good bye then.']);
    const sound = bench.file('home/played.pcm', '');
    const player = ['--speaker', `command:${process.execPath} ${speaker} ${sound}`, '--wait'];
    const from = ['--source', `file:${wav}`, '--speech', 'simulated', ...player];
    const edge = await bench.call(['edge', ...from, '--config', bench.config]);
    expect(edge).toMatchObject({ code: 0, err: '' });
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    expect(edge.out).toMatch(/‹ I am on it\./);
    expect(edge.out).toMatch(/‹ The latest job is (?:queued|running|completed)\./);
    expect(edge.out).toMatch(/‹ It was 0 dollars/);
    expect(edge.out).toMatch(/‹ I only play a scenario/);
  },
);
