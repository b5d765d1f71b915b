import { expect, test } from 'vitest';
import { hasPulse, VirtualMicrophone } from '../fixtures/voice/pulse.ts';
import { joined, silence, spoken } from '../fixtures/voice/sound.ts';
import { CliBench } from '../scenarios/cli-bench.ts';
import { edgeLog, hasVoice, jobsOf, startUp, withSystemVoice } from './edge-program.ts';

const sentence = 'Please add a greeting to the read me file of this project.';
const task = 'Add a greeting to the README';

test.skipIf(!hasVoice || !hasPulse)(
  'what a microphone of the sound server hears becomes a job, and is told by the system’s voice',
  { timeout: 60_000 },
  async () => {
    await using bench = new CliBench().withGit();
    await startUp(bench, { work: [{ write: 'hello.txt', content: 'hello\n' }, { done: 'Greets now.' }] });
    await using pulse = await VirtualMicrophone.open();
    const said = await spoken(sentence);
    const voice = withSystemVoice(bench);
    const scenario = bench.file(
      'home/voice.json',
      JSON.stringify({ utterances: [{ text: task }], rest: { text: '' } }),
    );
    const env = { ...pulse.env, HOME: bench.home, PATH: voice.path };
    const devices = await bench.call(['edge', 'devices'], { env });
    expect(devices.out).toContain('Desk');
    const from = ['--source', 'mic', '--speech', 'transcription', '--simulate', '--scenario', scenario];
    const edge = bench.start(['edge', ...from, '--config', bench.config], { env });
    await edge.said(/listening to/);
    pulse.say(joined(silence(1_500), said, silence(4_000)));
    await edge.said(/‹ Done: Add a greeting/);
    await expect.poll(() => voice.said()).toContain('Done: Add a greeting to the README');
    edge.child.kill('SIGINT');
    const { code, out } = await edge.ended;
    expect(code).toBe(0);
    expect(out).toContain(`› ${task}`);
    expect((await jobsOf(bench)).map(({ spec }) => spec.utterance)).toEqual([task]);
    const log = edgeLog(bench);
    expect(log.map(({ msg }) => msg)).toContain('job.claimed');
    expect(log.filter(({ msg }) => msg === 'edge.dropped')).toEqual([]);
  },
);
