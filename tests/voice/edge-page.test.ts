import { chromium as playwright } from 'playwright-core';
import { expect, test } from 'vitest';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { edgeLog, hasVoice, jobsOf, spokenWav, startUp } from './edge-program.ts';

const chromium = findChromium(undefined, process.env);
const sentence = 'Please add a greeting to the read me file of this project.';
const task = 'Add a greeting to the README';

test.skipIf(!hasVoice || !chromium)(
  'what Chromium’s microphone hears through the page becomes a job, and the answer is played there',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    const call = { tool: 'start_task', args: { task } };
    const scenario = bench.file(
      'home/voice.json',
      JSON.stringify({ utterances: [{ text: sentence, answer: { call } }] }),
    );
    const from = ['--source', 'browser', '--speech', 'simulated', '--scenario', scenario, '--config', bench.config];
    const edge = bench.start(['edge', ...from], { env: { EDGE_STREAM_PORT: '0' } });
    const [, url = ''] = await edge.said(/open this page, it listens and speaks: (http:\S+)/);
    const wav = spokenWav(bench, [sentence]);
    const browser = await playwright.launch({
      executablePath: chromium ?? '',
      args: [
        '--no-sandbox',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${wav}%noloop`,
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    try {
      const context = await browser.newContext({ permissions: ['microphone'] });
      const page = await context.newPage();
      await page.goto(url.replace('#', '?raw#'));
      await page.getByRole('button', { name: 'Start listening' }).click();
      await edge.said(/‹ Done: /);
      await expect.poll(() => edgeLog(bench).map(({ msg }) => msg), { timeout: 20_000 }).toContain('edge.spoken');
    } finally {
      await browser.close();
    }
    edge.child.kill('SIGINT');
    const { code, out } = await edge.ended;
    expect(code).toBe(0);
    expect(out).toContain(`› ${sentence}`);
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    const log = JSON.stringify(edgeLog(bench));
    expect(log).toContain('"by":"service"');
    expect(log).not.toContain(url.split('#')[1]);
  },
);
