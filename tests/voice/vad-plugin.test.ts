import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPluginVad } from '../../src/adapters/vad-plugin/load.ts';
import { writeWav } from '../../src/kit/wav.ts';
import { babble, joined, silence } from '../fixtures/voice/sound.ts';
import { CliBench } from '../scenarios/cli-bench.ts';

const plugin = join(import.meta.dirname, '../fixtures/plugins/loud-vad');

test('a detector out of a package decides what is speech, where the configuration names one', async () => {
  await using bench = new CliBench();
  const wav = bench.file('home/said.wav', '');
  writeFileSync(wav, writeWav(16_000, joined(silence(600), babble(1_200), silence(1_500))));
  const turns = async (vad: object) => {
    bench.withConfig({ edge: { vad } });
    const from = ['edge', '--source', `file:${wav}`, '--speech', 'transcription', '--simulate', '--speak', 'off'];
    const { out } = await bench.call([...from, '--config', bench.config]);
    return /(\d+) turns?/.exec(out)?.[1];
  };
  expect(await turns({})).toBe('1');
  expect(await turns({ engine: `package:${plugin}`, mode: 0 })).toBe('1');
  expect(await turns({ engine: `package:${plugin}`, mode: 3 })).toBe('0');
});

test('what cannot be found or is no detector is told with its key', async () => {
  await using bench = new CliBench();
  bench.withConfig({ edge: { vad: { engine: 'package:nobody-has-it' } } });
  const lost = await bench.call(['edge', 'doctor', '--config', bench.config]);
  expect(lost).toMatchObject({ code: 2, out: '' });
  expect(lost.err).toContain('edge.vad.engine');
  expect(lost.err).toContain('install the package there');
  const other = join(plugin, '../echo-driver/index.mjs');
  expect(await openPluginVad(other, 2, 20)).toMatchObject({ ok: false, error: { code: 'bad_vad' } });
  const mine = await openPluginVad(join(plugin, 'index.mjs'), 2, 30);
  expect(mine).toMatchObject({ ok: false, error: { message: expect.stringContaining('it wants frames of 20 ms') } });
});
