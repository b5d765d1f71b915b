import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GatewayOptions } from '../services.ts';
import { findJob } from './find-job.ts';
import { problem } from './problem.ts';

/** A picture is named by its SHA-256: nothing of the address ever reaches the file system but this. */
const hash = /^[0-9a-f]{64}$/;

/** What the browser agent saw: its pictures by their names, and its report, which is a page of others' words. */
export function pictureRoutes(app: FastifyInstance, options: GatewayOptions): void {
  app.get('/api/v1/:id/pictures/:picture', async (request, reply) => {
    const job = await findJob(options, request, reply);
    if (!job) return;
    const { picture } = request.params as { readonly picture: string };
    const folders = await browserFolders(join(options.dataFolder, 'workspace', job.spec.job_id));
    const bytes = hash.test(picture) ? await firstOf(folders, 'pictures', `${picture}.png`) : null;
    if (!bytes) return none(reply, 'the job has kept no such picture');
    return reply.type('image/png').send(bytes);
  });
  app.get('/api/v1/:id/report', async (request, reply) => {
    const job = await findJob(options, request, reply);
    if (!job) return;
    const folders = await browserFolders(join(options.dataFolder, 'workspace', job.spec.job_id));
    const bytes = await firstOf(folders.toReversed(), 'report.html');
    if (!bytes) return none(reply, 'the job has no report of a browser');
    const policy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(bytes);
  });
}

/** Folders in which browser agents of a job keep what they saw: its own, and those of looks for coding agents. */
async function browserFolders(folder: string): Promise<readonly string[]> {
  const looks = await readdir(join(folder, 'pages')).catch(() => []);
  return [join(folder, 'browser'), ...looks.sort().map((run) => join(folder, 'pages', run, 'browser'))];
}

async function firstOf(folders: readonly string[], ...name: readonly string[]): Promise<Buffer | null> {
  for (const folder of folders) {
    const bytes = await readFile(join(folder, ...name)).catch(() => null);
    if (bytes) return bytes;
  }
  return null;
}

function none(reply: FastifyReply, detail: string): FastifyReply {
  return problem(reply, { status: 404, title: 'Not found', detail });
}
