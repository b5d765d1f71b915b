import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { catalogueOf } from '../../src/apps/catalogue.ts';
import type { Event } from '../../src/domain/event.ts';
import { assignment, chosen, launched, opened, planned } from '../../src/domain/journal.fixture.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Claim } from '../../src/ports/engine.ts';
import type { Catalogue } from '../../src/runtime/submission.ts';
import { config } from '../../src/wire/config.ts';
import { expectProblem, Front } from './gateway-front.ts';

const catalogue = catalogueOf(config.parse({}));

const open = (more: Partial<Catalogue> = {}) => Front.open({ catalogue: { ...catalogue, ...more } });

/** A claimed job with a team, and what else has happened in it. */
async function begun(
  front: Front,
  utterance: string,
  agents: readonly string[],
  ...more: readonly Event[]
): Promise<Claim> {
  const { json } = await front.post({ utterance });
  const claim = await front.engine.claim({ worker: 'w', leaseMs: 600_000, job: String(json?.job_id) });
  if (!claim) throw new Error('the job could not be claimed');
  const members = agents.map((agent) => ({ agent, role: 'implementer', vendor: agent, model: null }));
  const entries = [chosen(members), ...more].map((event, i) => ({ n: i + 2, at: i + 2, event }));
  await front.engine.append(claim, entries);
  return claim;
}

/** The controls that are stored for a job. */
async function stored(front: Front, claim: Claim) {
  for await (const batch of front.engine.controls(claim, AbortSignal.timeout(5_000))) {
    return batch.map(({ control }) => ({ verb: control.verb, agent: control.agent }));
  }
  return [];
}

test('one utterance becomes several jobs of one trace, each with its part', async () => {
  await using front = await open();
  const { status, json } = await front.post({ utterance: 'Refactor the API and validate the staging website' });
  expect(status).toBe(202);
  expect(json).toMatchObject({ intent: 'coding', jobs: [{ task_type: 'coding' }, { task_type: 'browser' }] });
  const jobs = await front.engine.jobs({ trace: String(json?.trace_id) });
  expect(jobs.map(({ spec }) => spec.instruction).sort()).toEqual(['Refactor the API', 'validate the staging website']);
});

test('words of control are followed, not queued: by the jobs they name, but for those they spare', async () => {
  await using front = await open();
  const first = await begun(front, 'Fix the parser', ['claude', 'codex']);
  const second = await begun(front, 'Check the website', ['gemini']);
  const { status, json } = await front.post({ utterance: 'pause everything but Codex' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ accepted: true, jobs: [], control: { verb: 'pause', target: 'everything but codex' } });
  expect(new Set(json?.applied as string[])).toEqual(new Set([first.job, second.job]));
  expect(await stored(front, first)).toEqual([{ verb: 'pause', agent: 'claude' }]);
  expect(await stored(front, second)).toEqual([{ verb: 'pause', agent: null }]);
  expect(await front.engine.jobs()).toHaveLength(2);
});

test('a skill is stopped by its name, the same request twice with one key is one control', async () => {
  await using front = await open();
  await begun(front, 'Fix the parser', ['claude']);
  const second = await begun(front, 'Check the website', ['gemini']);
  for (let i = 0; i < 2; i += 1) {
    const { json } = await front.post({ utterance: 'stop the browser job', idempotency_key: 'k' });
    expect(json).toMatchObject({ control: { verb: 'stop', target: 'browser' }, applied: [second.job] });
  }
  expect(await stored(front, second)).toEqual([{ verb: 'stop', agent: null }]);
});

test('a review without a name is of the latest job with work to look at, and hears what to look for', async () => {
  await using front = await open();
  const atWork = [planned(assignment('a')), opened(), launched()];
  await begun(front, 'Fix the parser', ['claude'], ...atWork);
  const later = await begun(front, 'Fix the lexer', ['claude'], ...atWork);
  await begun(front, 'Fix the printer', ['claude']);
  const { json } = await front.post({ utterance: 'have it reviewed for security' });
  expect(json).toMatchObject({ control: { verb: 'review', target: 'everything' }, applied: [later.job] });
  for await (const [first] of front.engine.controls(later, AbortSignal.timeout(5_000))) {
    expect(first?.control).toMatchObject({ verb: 'review', focus: 'security' });
    break;
  }
});

test('a question about how far things are, or what they cost, is answered in a sentence', async () => {
  await using front = await open();
  expect((await front.post({ utterance: 'how far are you?' })).json).toMatchObject({ text: 'No job is open.' });
  await begun(front, 'Fix the parser', ['claude']);
  const asked = await front.post({ utterance: 'how far are you?' });
  expect(asked).toMatchObject({
    status: 200,
    json: { control: { verb: 'status', target: 'everything' }, applied: [] },
  });
  expect(asked.json?.text).toMatch(/^1 job is open\. “Fix the parser” is running, 0 %/);
  const cost = await front.post({ utterance: 'what did it cost so far' });
  expect(cost.json?.text).toBe('The open jobs have cost $0.00 for 0 tokens. The last 24 hours: $0.00 for 0 tokens.');
});

test('a control of an agent that is not there is refused, and nothing of its utterance is done', async () => {
  await using front = await open();
  const claim = await begun(front, 'Fix the parser', ['claude']);
  for (const utterance of ['Pause Mistral', 'Stop the agent Mistral and fix the lexer']) {
    expectProblem(await front.post({ utterance }), 409, { code: 'unknown_agent' });
  }
  expect(await stored(front, claim)).toEqual([]);
  expect(await front.engine.jobs()).toHaveLength(1);
});

test('work and control in one breath are both done, and the new job is not meant', async () => {
  await using front = await open();
  const old = await begun(front, 'Check the website', ['gemini']);
  const { status, json } = await front.post({ utterance: 'Stop everything and fix the parser' });
  expect(status).toBe(202);
  expect(json).toMatchObject({ control: { verb: 'stop', target: 'everything' }, applied: [old.job] });
  expect(json?.jobs).toMatchObject([{ task_type: 'coding', status: 'queued' }]);
});

test('where the rules are unsure the model is asked, and its answer decides', async () => {
  const engine = memoryEngine({ clock: systemClock });
  const reconsider: Catalogue['reconsider'] = async (_, { unsure }) => ({
    jobs: unsure ? [{ skill: 'browser', instruction: 'all' }] : [{ skill: 'coding', instruction: 'sure' }],
    controls: [],
    why: [],
    unsure: false,
  });
  await using front = await Front.open({ engine, catalogue: { ...catalogue, reconsider }, target: tmpdir() });
  expect((await front.post({ utterance: 'the usual thing' })).json).toMatchObject({ intent: 'browser' });
});
