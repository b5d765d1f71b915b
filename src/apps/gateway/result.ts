import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tailLines } from '../../kit/tail.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { partOf, resultOf } from '../../runtime/result.ts';
import { refusalOf } from '../../wire/refusal.ts';
import { applyBody, commitMessage, diffQuery, logQuery } from '../../wire/result.ts';
import type { GatewayOptions } from '../services.ts';
import { findJob } from './find-job.ts';
import { problem } from './problem.ts';

/** A longer diff is cut, saying so. Bytes. */
const DIFF_MAX = 16 << 20;
/** Of an agent's raw words at most this much is read, from the end. Bytes. */
const LOG_MAX = 1 << 20;

/** What a job has made: its agents' raw words, its change, and the way of the change into the person's files. */
export function resultRoutes(app: FastifyInstance, options: GatewayOptions): void {
  app.get('/api/v1/:id/logs/:agent', async (request, reply) => {
    const job = await findJob(options, request, reply);
    if (job) return logs(options, job, request, reply);
  });
  app.get('/api/v1/:id/diff', async (request, reply) => {
    const job = await findJob(options, request, reply);
    if (!job) return;
    const query = diffQuery.safeParse(request.query);
    if (!query.success) return unreadable(reply, refusalOf(query.error));
    const made = await diffOf(options, job, query.data.assignment);
    if (!made.ok) return refused(reply, made.error);
    return reply.header('content-type', 'text/x-diff').send(made.value);
  });
  app.post('/api/v1/:id/apply', { config: { mayBeEmpty: true } }, async (request, reply) => {
    const job = await findJob(options, request, reply);
    if (job) return apply(options, job, request, reply);
  });
}

/** The change of the whole job as a patch, or of one assignment for reading. */
async function diffOf({ engine, workspaces }: GatewayOptions, job: JobRecord, assignment: string | undefined) {
  if (assignment !== undefined) {
    const part = await partOf(engine, workspaces, job, assignment);
    return part.ok ? part.value.workspace.diff(part.value.base, part.value.commit, DIFF_MAX, 'text') : part;
  }
  const result = await resultOf(engine, workspaces, job);
  if (!result.ok) return result;
  const { workspace, commit } = result.value;
  return workspace.diff(workspace.base, commit, DIFF_MAX, 'everything');
}

async function logs(options: GatewayOptions, job: JobRecord, request: FastifyRequest, reply: FastifyReply) {
  const { agent } = request.params as { readonly agent: string };
  const session = await foldJournal(options.engine, job.spec.job_id);
  const agents = new Set([...session.members, ...session.runs.values()].map((one) => one.agent));
  if (!agents.has(agent)) {
    const known = agents.size > 0 ? `there is ${[...agents].join(', ')}` : 'it has none yet';
    return problem(reply, {
      status: 400,
      title: 'No such agent',
      detail: `the job has no such agent: ${known}`,
      field: 'agent',
    });
  }
  const query = logQuery.safeParse(request.query);
  if (!query.success) return unreadable(reply, refusalOf(query.error));
  const file = join(options.dataFolder, 'workspace', job.spec.job_id, `${agent}.jsonl`);
  const lines = await tailLines(file, query.data.limit, LOG_MAX);
  return reply.send({ session_id: job.spec.job_id, agent, logs: lines.map(asJson) });
}

/** What an agent's program said: JSON where it is, else the line as it stands. */
function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

async function apply(options: GatewayOptions, job: JobRecord, request: FastifyRequest, reply: FastifyReply) {
  const body = applyBody.safeParse(request.body ?? {});
  if (!body.success) return unreadable(reply, refusalOf(body.error));
  const { mode, message, force } = body.data;
  const result = await resultOf(options.engine, options.workspaces, job);
  if (!result.ok) return refused(reply, result.error);
  if (job.status !== 'completed' && !force) {
    const why = `the job is ${job.status}, not completed: look at its diff, then send "force": true`;
    return refused(reply, { code: 'not_completed', message: why });
  }
  const done = await result.value.workspace.apply(result.value.commit, mode, message ?? commitMessage(job.spec));
  if (!done.ok) return refused(reply, done.error);
  const { files, commit, patch } = done.value;
  return reply.send({ job_id: job.spec.job_id, mode, files, commit, patch: patch?.toString('utf8') ?? null });
}

function refused(reply: FastifyReply, { code, message }: { readonly code: string; readonly message: string }) {
  const status = code === 'disk_full' ? 507 : 409;
  return problem(reply, { status, title: 'Not possible', detail: message, code });
}

function unreadable(reply: FastifyReply, { code, message }: { readonly code: string; readonly message: string }) {
  return problem(reply, { status: 422, title: 'Not a request', detail: message, field: code });
}
