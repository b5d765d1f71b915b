import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, CliBench } from '../scenarios/cli-bench.ts';

export const hasVoice = spawnSync('espeak-ng', ['--version']).error === undefined;

/**
 * Sentences spoken by espeak-ng, with silence between and after them; answers the path of the WAV file.
 * @param beforeMs silence before the first
 */
export function spokenWav(bench: CliBench, sentences: readonly string[], beforeMs = 1_500): string {
  const ssml = `<speak><break time="${beforeMs}ms"/>${sentences.map((text) => `${text}<break time="2500ms"/>`).join('')}</speak>`;
  const path = bench.file('home/said.wav', '');
  execFileSync('espeak-ng', ['-m', '-s', '160', '-w', path, ssml]);
  return path;
}

/** A voice of the system that writes down what it is asked to say. */
export function withSystemVoice(bench: CliBench): { readonly path: string; readonly said: () => string } {
  const file = join(bench.home, 'said.txt');
  bench.file('home/bin/espeak-ng', `#!/bin/sh\ncat >> "${file}"; echo >> "${file}"\n`, 0o755);
  const path = `${join(bench.home, 'bin')}:${process.env.PATH}`;
  return { path, said: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

/** A gateway with a worker whose agents do this part; answers the program. */
export async function startUp(bench: CliBench, part: unknown): Promise<Call> {
  const claude = bench.agentOf(part);
  bench.withConfig({
    agents: { claude },
    teams: { one: { members: [{ agent: 'claude', role: 'implementer' }] } },
    defaultTeam: 'one',
    summaries: 'deterministic',
  });
  const up = bench.start(['up', '--port', '0', '--config', bench.config]);
  await up.said(/sandbox/);
  return up;
}

export interface EdgeRecord {
  readonly msg: string;
  readonly [name: string]: unknown;
}

/** The edge's log. */
export function edgeLog(bench: CliBench): readonly EdgeRecord[] {
  const path = join(bench.data, 'logs', 'edge.jsonl');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The jobs of the bench, the oldest first. */
export async function jobsOf(bench: CliBench): Promise<readonly { readonly spec: { readonly utterance: string } }[]> {
  const { out } = await bench.call(['status', '--json']);
  return JSON.parse(out).toReversed();
}
