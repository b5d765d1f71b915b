import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { statusPage } from '../../src/apps/commands/demo-page.ts';
import { START } from '../../src/domain/cursor.ts';
import type { Event, EventOf, EventType } from '../../src/domain/event.ts';
import { systemClock } from '../../src/kit/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-acts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An act as a person sees it, and the journal it leaves. The CLIs are the real ones, their models are simulated. */
async function act(name: string, skill?: string) {
  const start = join(import.meta.dirname, '../../src/start.ts');
  const env = { ...process.env, TMPDIR: folder, HOME: folder };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [start, 'demo', name], { env });
  const data = /^ {2}(\S+)\/tutti\.sqlite/m.exec(stdout)?.[1] ?? '';
  return jobOf({ out: stdout, err: stderr, data }, skill);
}

/** A job of an act: the one there is, or the one of the skill. */
async function jobOf(
  { out, err, data }: { readonly out: string; readonly err: string; readonly data: string },
  skill?: string,
) {
  const job = new RegExp(`^job (\\w+)${skill ? `  ${skill}: .*` : ''}$`, 'm').exec(out)?.[1] ?? '';
  const engine = await sqliteEngine({ file: join(data, 'tutti.sqlite'), clock: systemClock });
  if (!engine.ok) throw new Error(engine.error.message);
  await using store = engine.value;
  const events: readonly Event[] = (await store.page(job, START, 100_000)).map(({ event }) => event);
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  return { out, err, job, data, events, all };
}

type Seen = Awaited<ReturnType<typeof act>>;

/** Where events stand in the journal: each must come after the one before. */
function inOrder({ events }: Seen, ...fits: readonly ((event: Event) => boolean)[]): boolean {
  let at = -1;
  return fits.every((one) => {
    at = events.findIndex((event, i) => i > at && one(event));
    return at >= 0;
  });
}

/** Every run has ended, and no process bears the job's mark. */
function expectNothingLeft({ all, job }: Seen): void {
  const ended = new Set(all('run.ended').map(({ run }) => run));
  expect(all('run.launching').filter(({ run }) => !ended.has(run))).toEqual([]);
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  expect(pids.filter((pid) => environmentOf(pid).includes(`TUTTI_JOB=${job}`))).toEqual([]);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return ''; // gone meanwhile, or not ours
  }
}

test.skipIf(findChromium(undefined, process.env) === null)(
  'one sentence becomes a change of the API and a look at a page, side by side in one trace, told in one summary',
  async () => {
    const seen = await act('fan-out', 'coding');
    const browser = await jobOf(seen, 'browser');
    expect(seen.all('review.answered')).toMatchObject([{ reviewer: 'claude', verdict: 'approved' }]);
    expect(seen.all('verify.ended')).toMatchObject([{ ok: true }]);
    const specs = [seen, browser].map(({ all }) => all('job.submitted')[0]?.spec);
    expect(specs[1]).toMatchObject({
      trace_id: specs[0]?.trace_id,
      agent: 'browser',
      instruction: 'check the status page',
    });
    const steps = browser.all('agent').filter(({ seen: { type } }) => type === 'reported');
    expect(steps.length).toBeGreaterThan(0);
    expect(seen.out).toContain('The status page heard 1 press(es) of its button from the browser.\n');
    expect(seen.out.match(/^2 of 2 jobs completed\.$/gm)).toHaveLength(1);
    expect(seen.out).toContain('  │ The status page loads, and says that all systems work');
    const report = /^ {2}(\S+report\.html)/m.exec(seen.out)?.[1] ?? '';
    expect(readFileSync(report, 'utf8')).toContain('<img alt="The page after step 1"');
    for (const one of [seen, browser]) {
      expect(ended(one.all('job.ended'))).toBe('completed');
      expectNothingLeft(one);
    }
  },
);

test('where there is no browser the act says how to get one, and leaves its job out', async () => {
  const setting = await statusPage({ env: {} }, () => null);
  expect(setting).toMatchObject({ without: 'browser', note: expect.stringMatching(/^There is no Chromium.*install /) });
  await setting.close();
});

const ended = (events: readonly EventOf<'job.ended'>[]) => events.at(-1)?.status;

test('two other vendors doubt what Claude Code has so far; it is told while it works, settles it, and they agree', async () => {
  const seen = await act('review');
  const [first, second] = seen.all('review.requested');
  expect(first).toMatchObject({ trigger: 'milestone', reviewers: ['gemini', 'codex'], report: expect.any(String) });
  const said = seen.all('review.answered').map(({ review, reviewer, verdict }) => `${review} ${reviewer} ${verdict}`);
  expect(said.toSorted()).toEqual([
    'review_001 codex concerns',
    'review_001 gemini concerns',
    'review_002 codex approved',
    'review_002 gemini approved',
  ]);
  const found = seen.all('review.answered').flatMap(({ issues }) => issues);
  expect(found.map(({ in_change }) => in_change)).toEqual([true, true]);
  expect(seen.all('decision.made').map(({ action }) => action)).toEqual(['PAUSE_AND_CLARIFY', 'CONTINUE']);
  const author = first?.run;
  expect(
    inOrder(
      seen,
      (event) => event.type === 'agent' && event.run === author && event.seen.type === 'reported',
      (event) => event.type === 'decision.made' && event.action === 'PAUSE_AND_CLARIFY',
      (event) => event.type === 'message.delivered' && event.run === author,
      (event) => event.type === 'agent' && event.run === author && event.seen.type === 'tool_ended',
      (event) => event.type === 'run.ended' && event.run === author && event.outcome.kind === 'completed',
      (event) => event.type === 'decision.made' && event.review === second?.review,
      (event) => event.type === 'verify.ended' && event.ok,
    ),
  ).toBe(true);
  expect(seen.all('run.launching').filter(({ agent, mode }) => agent === 'claude' && mode === 'work')).toHaveLength(1);
  expect(seen.out).toMatch(/review_001 {2}\w+: concerns, \w+: concerns {2}→ {2}PAUSE_AND_CLARIFY, the same again/);
  expect(ended(seen.all('job.ended'))).toBe('completed');
  expectNothingLeft(seen);
});

test('Codex is blocked and stopped; the answer of a second process reaches it where it stands, and the job completes', async () => {
  const seen = await act('question');
  expect(seen.all('review.requested')[0]).toMatchObject({ trigger: 'blocker', reviewers: ['claude'] });
  expect(seen.all('question.asked')).toMatchObject([{ kind: 'review', agent: 'codex' }]);
  expect(seen.all('question.answered')).toMatchObject([{ answer: expect.stringContaining('keeps its id') }]);
  expect(
    inOrder(
      seen,
      (event) => event.type === 'decision.made' && event.action === 'STOP_AND_ESCALATE',
      (event) => event.type === 'question.asked',
      (event) => event.type === 'run.held' && event.held,
      (event) => event.type === 'question.answered',
      (event) => event.type === 'message.delivered' || event.type === 'message.deferred',
      (event) => event.type === 'decision.made' && event.action === 'CONTINUE',
      (event) => event.type === 'verify.ended' && event.ok,
    ),
  ).toBe(true);
  const [, command = ''] = /^\$ (.* answer .*)$/m.exec(seen.err) ?? [];
  expect(command).toContain(`answer ${seen.job} '`);
  expect(ended(seen.all('job.ended'))).toBe('completed');
  expectNothingLeft(seen);
});

test('a folder out of reach, a limit with a reset and a killed program are cured without a person', async () => {
  const seen = await act('recovery');
  expect(seen.out).toMatch(/Watch it live: http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=/);
  expect(seen.out).toContain('Replay an act on the page');
  const taken = seen.all('recovery.taken');
  expect(taken.every(({ status, fresh }) => status === 'started' && !fresh)).toBe(true); // each in its own conversation
  const named = new Map(taken.map((one) => [one.pattern, one]));
  expect(named.get('crashed')).toMatchObject({ worker: 'claude', cure: 'relaunch' });
  expect(named.get('gemini_permissions')).toMatchObject({ worker: 'gemini', action: 'relaunched_with_directories' });
  expect(named.get('gemini_permissions')?.changes.directories).toEqual([expect.stringMatching(/notes-api\/local/)]);
  const limited = named.get('gemini_rate_limit');
  expect(limited).toMatchObject({ worker: 'gemini', cure: 'wait_and_resume', wait_until: expect.any(Number) });
  const retried = seen.all('agent').filter(({ agent, seen: { type } }) => agent === 'codex' && type === 'retrying');
  expect(retried.length).toBeGreaterThan(0);
  expect(seen.all('question.asked')).toEqual([]);
  for (const name of ['crashed', 'gemini_permissions', 'gemini_rate_limit'])
    expect(seen.out).toMatch(new RegExp(`^recovery ${name} \\(\\w+\\): taken \\d, cured \\d$`, 'm'));
  expect(ended(seen.all('job.ended'))).toBe('completed');
  expectNothingLeft(seen);
});

test('an act that does not exist is refused in one line', async () => {
  const start = join(import.meta.dirname, '../../src/start.ts');
  const call = promisify(execFile)(process.execPath, [start, 'demo', 'opera']);
  await expect(call).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('there is review, question') });
});
