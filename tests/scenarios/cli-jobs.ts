import { expect } from 'vitest';
import type { Call, CliBench } from './cli-bench.ts';

/** An agent that asks, and goes on with the answer. */
export const asks = {
  work: [{ emit: { type: 'question', payload: { text: 'Red or blue?', data: { options: ['red', 'blue'] } } } }],
  resumed: [{ prompt: 'answer.txt' }, { done: 'painted' }],
};

/** An agent that hangs until it is resumed or told something. */
export const goesOn = {
  work: [{ write: 'one.txt', content: '1\n' }, { say: 'working' }, { hang: true }],
  resumed: [{ prompt: 'told.txt' }, { done: 'both' }],
};

export const solo = ['--agent', 'solo', '--no-dashboard'];

export const run = (bench: CliBench, ...more: string[]) => bench.start(['run', 'x', '--config', bench.config, ...more]);

export const jobOf = async (call: Call) => (await call.said(/^job (\w+)$/m))[1] ?? '';

export const shown = (bench: CliBench, job: string, file: string) => bench.git('show', `tutti/${job}:${file}`);

/** The status as programs read it, once it fits. */
export async function until(bench: CliBench, fits: Readonly<Record<string, unknown>>) {
  const look = async () => JSON.parse((await bench.call(['status', 'latest', '--json'])).out);
  await expect.poll(look, { timeout: 15_000, interval: 50 }).toMatchObject(fits);
  return look();
}

/** A config of agents that play these parts, and a team of them with these roles. */
export function withTeam(
  bench: CliBench,
  parts: Readonly<Record<string, readonly [role: string, part: unknown]>>,
): CliBench {
  const agents = Object.entries(parts).map(([name, [, part]]) => [name, bench.agentOf(part, `vendor-${name}`)]);
  const members = Object.entries(parts).map(([agent, [role]]) => ({ agent, role }));
  return bench.withConfig({ agents: Object.fromEntries(agents), teams: { ours: { members } }, defaultTeam: 'ours' });
}
