import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../simulator/scenario.ts';
import type { AgentDriver, DriverWorld } from '../../src/ports/agent.ts';
import { appears, type MakeDriver, Stage, script, standsStill } from './agent-stage.ts';

export interface AgentSetup {
  /** The driver under test, talking to the given endpoint. */
  readonly driver: MakeDriver;
  /** The same driver with a program that does not exist. */
  readonly withoutProgram: (world: DriverWorld) => AgentDriver;
  /** Environment that makes the program give up on a failing API at once. */
  readonly impatient: Readonly<Record<string, string>>;
  /** Whether a message reaches the running agent or only its next run. */
  readonly steering: 'delivered' | 'later';
}

/**
 * A shell command that tells it has begun and then takes longer than any test. Run again it ends at once: an agent killed
 * before it has written down its last turn does that turn again when it is resumed.
 */
const longCommand = '[ -e begun ] || { touch begun && sleep 300; }';

/** What every driver promises, run against the real program and the simulated model. */
export function agentContract(name: string, makeSetup: () => AgentSetup): void {
  const setup = makeSetup();
  const open = (...turns: Turn[]) => Stage.open(script(...turns), setup.driver, setup.impatient);

  describe(`${name}: work`, () => {
    it('writes files, runs commands, tells what it does and completes with its last words', async () => {
      await using bench = await open(
        { do: [{ write: 'notes.txt', content: 'one\n' }] },
        { do: [{ shell: 'echo two >> notes.txt' }] },
        { say: 'All is done.' },
      );
      const run = bench.start();
      const end = await run.end();
      expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'All is done.' });
      expect(await readFile(join(bench.cwd, 'notes.txt'), 'utf8')).toBe('one\ntwo\n');
      expect(run.items[0]?.type).toBe('spawned');
      expect(run.of('session')).toHaveLength(1);
      expect(run.of('tool_ended').map((ended) => ended.ok)).toEqual([true, true]);
      expect(run.of('tool_started').map((started) => started.kind)).toEqual(['edit', 'command']);
      expect(run.of('file_changed')).toMatchObject([{ path: join(bench.cwd, 'notes.txt'), change: 'add' }]);
      expect(run.of('message').map((message) => message.text)).toContain('All is done.');
      expect(end.usage.input_tokens).toBeGreaterThan(0);
      expect(end.usage.output_tokens).toBeGreaterThan(0);
      expect(run.of('unknown')).toEqual([]);
      expect(run.of('malformed')).toEqual([]);
      expect(await bench.leftOvers()).toBe(0);
    });

    it('keeps the raw protocol lines of the program', async () => {
      await using bench = await open({ say: 'Kept.' });
      const launch = bench.launch();
      for await (const _ of bench.driver.start(launch));
      expect(await readFile(launch.rawLog, 'utf8')).toContain('Kept.');
    });

    it('shows its commands the environment of the launch and nothing of ours', async () => {
      await using bench = await open({ do: [{ shell: 'env > seen.txt' }] }, { say: 'Looked.' });
      process.env.TUTTI_TEST_OTHER_VENDOR_KEY = 'never-to-be-seen';
      try {
        await bench.start().end();
      } finally {
        delete process.env.TUTTI_TEST_OTHER_VENDOR_KEY;
      }
      const seen = await readFile(join(bench.cwd, 'seen.txt'), 'utf8');
      expect(seen).not.toContain('never-to-be-seen');
      expect(seen).toMatch(/^TUTTI_JOB=/m);
    });

    it('a report on a line of its own is an event, words in prose are not', async () => {
      await using bench = await open({
        say: 'A milestone and a blocker, in words.\n{"type":"milestone","payload":{"text":"half way"}}\nDone.',
      });
      const run = bench.start();
      await run.end();
      expect(run.of('reported')).toMatchObject([{ kind: 'milestone', text: 'half way' }]);
    });
  });

  describe(`${name}: permission`, () => {
    it('asks for every command, and a denied one does not run', async () => {
      await using bench = await open({ do: [{ shell: 'touch forbidden' }] }, { say: 'I could not.' });
      bench.permit = () => ({ verdict: 'deny', reason: 'no such commands today' });
      const run = bench.start();
      expect((await run.end()).outcome).toMatchObject({ kind: 'completed' });
      expect(bench.asked).toMatchObject([{ kind: 'command', job: bench.job, cwd: bench.cwd, mode: 'work' }]);
      expect(bench.asked[0]?.command).toContain('touch forbidden');
      expect(run.of('permission')).toMatchObject([{ verdict: 'deny', reason: 'no such commands today' }]);
      await expect(readFile(join(bench.cwd, 'forbidden'))).rejects.toThrow('ENOENT');
    });
  });

  describe(`${name}: control`, () => {
    it('stop ends the turn and its command, with the first cause, and the session can be resumed', async () => {
      await using bench = await open({ do: [{ shell: longCommand }] }, { say: 'Went on.' });
      const run = bench.start();
      await appears(join(bench.cwd, 'begun'));
      await run.run.stop('person', 'Enough.');
      await run.run.stop('shutdown', 'Too late to matter.');
      const end = await run.end();
      expect(end.outcome).toEqual({ kind: 'stopped', cause: 'person', message: 'Enough.' });
      expect(await bench.leftOvers()).toBe(0);
      const { session } = await run.first('session');
      const again = bench.start({ resume: session, prompt: 'Go on.' });
      expect((await again.end()).outcome).toMatchObject({ kind: 'completed', answer: 'Went on.' });
    });

    it('killed in the middle of a command it leaves nothing behind and resumes in the same session', async () => {
      await using bench = await open({ do: [{ shell: longCommand }] }, { say: 'Recovered.' });
      const run = bench.start();
      const { pid } = await run.first('spawned');
      await appears(join(bench.cwd, 'begun'));
      process.kill(pid, 'SIGKILL');
      expect((await run.end()).outcome).toMatchObject({ kind: 'failed', cause: 'crashed' });
      expect(await bench.leftOvers()).toBe(0);
      const { session } = await run.first('session');
      const again = bench.start({ resume: session, prompt: 'Please continue.' });
      expect((await again.end()).outcome).toMatchObject({ kind: 'completed', answer: 'Recovered.' });
      expect((await again.first('session')).session).toBe(session);
    });

    it('can be stopped while a permission is still being decided', async () => {
      await using bench = await open({ do: [{ shell: 'touch no' }] }, { say: 'Never.' });
      const asked = Promise.withResolvers<void>();
      bench.permit = () => {
        asked.resolve();
        return new Promise(() => {}); // nobody ever answers
      };
      const run = bench.start();
      await asked.promise;
      await run.run.stop('person', 'No answer needed.');
      expect((await run.end()).outcome).toMatchObject({ kind: 'stopped', cause: 'person' });
      expect(existsSync(join(bench.cwd, 'no'))).toBe(false);
      expect(await bench.leftOvers()).toBe(0);
    });

    it('a reader that leaves stops the agent and its descendants', async () => {
      await using bench = await open({ do: [{ shell: longCommand }] }, { say: 'Never.' });
      for await (const item of bench.driver.start(bench.launch())) {
        if (item.type !== 'tool_started') continue;
        await appears(join(bench.cwd, 'begun'));
        break;
      }
      expect(await bench.leftOvers()).toBe(0);
    });

    it('stopped before it has begun, it never runs', async () => {
      await using bench = await open({ do: [{ shell: 'touch ran' }] }, { say: 'Ran.' });
      const run = bench.start();
      await run.run.stop('person', 'Changed my mind.');
      expect((await run.end()).outcome).toMatchObject({ kind: 'stopped', cause: 'person' });
      await expect(readFile(join(bench.cwd, 'ran'))).rejects.toThrow('ENOENT');
      expect(await bench.leftOvers()).toBe(0);
    });

    it('shows the signs of life of its processes as long as it runs', async () => {
      await using bench = await open({ do: [{ shell: longCommand }] }, { say: 'Never.' });
      const run = bench.start();
      await appears(join(bench.cwd, 'begun'));
      const vitals = await run.run.vitals();
      if (process.platform === 'linux') {
        expect(vitals?.children).toBeGreaterThan(0);
        expect(vitals?.cpuMs).toBeGreaterThan(0);
        expect(vitals?.lastByteAt).toBeGreaterThan(0);
      }
      await run.run.stop('person', 'Seen enough.');
      expect(await run.run.vitals()).toBeNull();
    });

    it('frozen it stands still, thawed it goes on', async () => {
      const command = 'touch begun; while [ ! -e go ]; do sleep 0.02; done; touch gone';
      await using bench = await open({ do: [{ shell: command }] }, { say: 'Thawed.' });
      const run = bench.start();
      const { pid } = await run.first('spawned');
      await appears(join(bench.cwd, 'begun'));
      run.run.freeze();
      await standsStill(pid);
      await writeFile(join(bench.cwd, 'go'), '');
      expect(existsSync(join(bench.cwd, 'gone'))).toBe(false);
      run.run.thaw();
      expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'Thawed.' });
    });

    it('frozen it can still be stopped', async () => {
      await using bench = await open({ do: [{ shell: longCommand }] }, { say: 'Never.' });
      const run = bench.start();
      await appears(join(bench.cwd, 'begun'));
      run.run.freeze();
      await run.run.stop('shutdown', 'Going down.');
      expect((await run.end()).outcome).toMatchObject({ kind: 'stopped', cause: 'shutdown' });
      expect(await bench.leftOvers()).toBe(0);
    });

    it(`a message during the run is ${setup.steering}`, async () => {
      const command = 'touch begun; while [ ! -e go ]; do sleep 0.02; done';
      await using bench = await open({ do: [{ shell: command }] }, { say: 'Heard.' });
      const run = bench.start();
      await appears(join(bench.cwd, 'begun'));
      expect(await run.run.steer('Use tabs, please.')).toBe(setup.steering);
      await writeFile(join(bench.cwd, 'go'), '');
      expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'Heard.' });
      if (setup.steering === 'delivered') {
        expect(run.of('steered')).toMatchObject([{ text: 'Use tabs, please.' }]);
        expect(JSON.stringify(bench.simulator.requests().at(-1)?.body)).toContain('Use tabs, please.');
      }
      expect(await run.run.steer('Too late.')).toBe('over');
    });
  });

  describe(`${name}: steering`, () => {
    it('a message while the model speaks its last words is not lost', async () => {
      await using bench = await open({ say: 'The last words.', chunkDelayMs: 40, delayMs: 700 });
      const run = bench.start();
      await expect.poll(() => bench.simulator.requests().length, { timeout: 30_000 }).toBe(1);
      const way = await run.run.steer('Use tabs, please.');
      expect((await run.end()).outcome).toMatchObject({ kind: 'completed', answer: 'The last words.' });
      expect(way).toBe(setup.steering);
      const heard = bench.simulator.requests().filter(({ body }) => JSON.stringify(body).includes('Use tabs, please.'));
      expect(heard.length > 0).toBe(way === 'delivered');
    });
  });

  describe(`${name}: failure`, () => {
    it('a missing program is not_installed and says how to install it', async () => {
      await using bench = await open({ say: 'Never.' });
      const driver = setup.withoutProgram(bench.world);
      const items = [];
      for await (const item of driver.start(bench.launch())) items.push(item);
      expect(items).toMatchObject([{ type: 'ended', outcome: { kind: 'failed', cause: 'not_installed' } }]);
      const probe = await driver.probe({ PATH: '/nowhere' });
      expect(probe).toMatchObject({ path: null, version: null, problem: expect.stringMatching(/install/) });
    });

    it('the probe finds the program and its version', async () => {
      await using bench = await open({ say: 'Never.' });
      const probe = await bench.driver.probe(process.env);
      expect(probe).toMatchObject({
        path: expect.any(String),
        version: expect.stringMatching(/^\d+\.\d+/),
        problem: null,
      });
    });

    it('a wrong key is unauthorized, with the status and the next step', async () => {
      await using bench = await open({ error: { status: 401 } });
      const { outcome } = await bench.start().end();
      expect(outcome).toMatchObject({ kind: 'failed', cause: 'unauthorized', http_status: 401 });
      expect(outcome.kind === 'failed' && outcome.message).toMatch(/log in/);
    });

    it('a model that falls silent in the middle of its answer is found by our own watchdog', async () => {
      await using bench = await open({ say: 'I begin', hang: 'mid_stream' });
      const { outcome } = await bench.start({ inactivityMs: 4_000 }).end();
      expect(outcome).toMatchObject({ kind: 'failed', cause: 'hung' });
      expect(await bench.leftOvers()).toBe(0);
    });
  });
}
