import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { gitWorkspaces } from '../../src/adapters/workspace-git/workspaces.ts';
import type { Event } from '../../src/domain/event.ts';
import { usualRules } from '../../src/domain/planning/assignment.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import type { Result } from '../../src/kit/result.ts';
import type { Front } from '../scenarios/gateway-front.ts';

export interface Stage {
  readonly job: string;
  readonly trace: string;
}

const member = { agent: 'claude', role: 'implementer', vendor: 'a', model: null };
const assignment = {
  id: 'a',
  agent: 'claude',
  role: 'implementer',
  title: 'It',
  responsibilities: [],
  deliverables: [],
  depends_on: [],
  files: [],
  reviewed: true,
};
const run = { assignment: 'a', review: null, resume: null, messages: [], changes: noChanges };
const began: readonly Event[] = [
  { type: 'team.chosen', team: null, why: 'x', members: [member], review: usualRules, hand_over: false, planner: null },
  { type: 'plan.made', planner: 'template', why: 'x', assignments: [assignment], warnings: [] },
  { type: 'worktree.opened', assignment: 'a', path: '/x', branch: 'b', base: 'c', conflicts: [] },
  { type: 'run.launching', run: 'a.1', agent: 'claude', mode: 'work', ...run },
  { type: 'run.started', run: 'a.1', pid: 1, identity: null },
  { type: 'agent', agent: 'claude', run: 'a.1', seen: { type: 'message', text: 'Hello' } },
];
const question: Event = {
  type: 'question.asked',
  question: 'q1',
  kind: 'agent',
  assignment: 'a',
  agent: 'claude',
  run: 'a.1',
  review: null,
  text: 'Red or blue?',
  options: [{ id: 'red', label: 'Red' }],
  expires_at: null,
};
const failed: readonly Event[] = [
  {
    type: 'run.ended',
    run: 'a.1',
    outcome: { kind: 'failed', cause: 'crashed', message: 'x', http_status: null, retry_after_ms: null },
    exit: null,
    usage: { input_tokens: 1, cached_tokens: null, output_tokens: 1, cost_usd: 0.5, model: null },
    duration_ms: 1,
  },
  { type: 'job.ended', status: 'failed', cause: 'agent_failed', summary: 'over' },
];

/** A job that stands as the address needs it: at work with a question open, failed, or with a result. */
export async function prepare(front: Front, path: string): Promise<Stage> {
  if (/\/(diff|apply)$/.test(path)) return withResult(front);
  const claim = await front.heldJob();
  const isOver = /events|stream|retry$/.test(path);
  const events = [...began, ...(isOver ? failed : [question])];
  const entries = events.map((event, i) => ({ n: i + 2, at: i + 2, event }));
  if (isOver) await front.engine.finish(claim, 'failed', entries);
  else await front.engine.append(claim, entries);
  if (/pictures|report/.test(path)) keepPicture(join(front.folder, 'workspace', claim.job, 'browser'));
  return { job: claim.job, trace: claim.spec.trace_id };
}

/** Name of the picture that a browser agent has kept. */
export const PICTURE = 'a'.repeat(64);

function keepPicture(folder: string): void {
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  writeFileSync(join(folder, 'pictures', `${PICTURE}.png`), 'png');
  writeFileSync(join(folder, 'report.html'), '<!doctype html><title>Report</title>');
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function withResult(front: Front): Promise<Stage> {
  const target = mkdtempSync(join(tmpdir(), 'tutti-project-'));
  onTestFinished(() => rmSync(target, { recursive: true, force: true }));
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  const git = (...args: string[]) => execFileSync('git', [...who, '-C', target, ...args]);
  git('init', '--quiet');
  git('config', 'user.name', 'Person'); // the machine may know nobody
  git('config', 'user.email', 'person@localhost');
  writeFileSync(join(target, 'a.txt'), 'one\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'First');
  const { json } = await front.post({ utterance: 'Make it two', target });
  const job = String(json?.job_id);
  const claim = await front.engine.claim({ worker: 'w', leaseMs: 600_000, job });
  if (!claim) throw new Error('the job could not be claimed');
  const workspace = must(await gitWorkspaces(front.folder).prepare(job, target));
  const tree = must(await workspace.open('a', []));
  writeFileSync(join(tree.path, 'a.txt'), 'two\n');
  const made = must(await workspace.commit('a', 'claude', 'Two'));
  const { branch, commit, change } = must(await workspace.integrate([made.commit]));
  const { base } = workspace;
  await front.engine.finish(claim, 'completed', [
    {
      n: 2,
      at: 2,
      event: { type: 'workspace.prepared', kind: 'git', base, uncommitted: false, verify: null, detected: null },
    },
    { n: 3, at: 3, event: { type: 'work.integrated', branch, commit, change, conflicts: [] } },
    { n: 4, at: 4, event: { type: 'job.ended', status: 'completed', cause: 'completed', summary: 'over' } },
  ]);
  return { job, trace: claim.spec.trace_id };
}
