import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { heardRecord, partRecord } from '../../domain/trace-record.ts';
import { newSortableId } from '../../kit/id.ts';
import { refusalOf } from '../../wire/refusal.ts';
import {
  heardText,
  kindOfTranscript,
  orchestrateBody,
  taskOfTranscript,
  transcriptBody,
} from '../../wire/transcript.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

type Options = Pick<GatewayOptions, 'clock' | 'traces'>;
type Submit = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** The other doors for tasks: what was heard, and the older address. They hand on to the one way in. */
export function taskDoors(app: FastifyInstance, options: Options, submit: Submit): void {
  transcriptDoor(app, options, submit);
  orchestrateDoor(app, submit);
}

function transcriptDoor(app: FastifyInstance, { clock, traces }: Options, submit: Submit): void {
  const preSerialization = async (_: FastifyRequest, reply: FastifyReply, payload: unknown) =>
    reply.statusCode === 202 && typeof payload === 'object' ? { status: 'accepted', ...payload } : payload;
  app.post('/transcript', { preSerialization }, async (request, reply) => {
    const body = read(transcriptBody, request, reply);
    if (!body) return;
    const kind = kindOfTranscript(body);
    if (kind !== 'task') {
      const at = clock.now();
      const id = body.idempotency_key ?? newSortableId(at);
      const said = { text: heardText(body), at, id, latency_ms: body.latency_ms ?? null };
      traces?.note(kind === 'part' ? partRecord(said) : heardRecord(said));
      return reply.code(200).send({ status: kind === 'part' ? 'partial_received' : 'recorded' });
    }
    request.body = taskOfTranscript(body);
    return submit(request, reply);
  });
}

function orchestrateDoor(app: FastifyInstance, submit: Submit): void {
  const preSerialization = async (_: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (reply.statusCode !== 202) return payload;
    const { job_id, trace_id, accepted_at } = payload as Readonly<Record<string, unknown>>;
    return { session_id: job_id, trace_id, status: 'initializing', created_at: accepted_at };
  };
  const handedOn = new WeakSet<FastifyRequest>();
  const onSend = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) =>
    reply.statusCode === 422 && handedOn.has(request) && Buffer.isBuffer(payload) ? renamed(payload) : payload;
  app.post('/api/v1/orchestrate', { preSerialization, onSend }, async (request, reply) => {
    const body = read(orchestrateBody, request, reply);
    if (!body) return;
    handedOn.add(request);
    // A skill is named, as this address always means work and never a control.
    request.body = { utterance: body.prompt, skill: 'coding', ...(body.target_dir ? { target: body.target_dir } : {}) };
    return submit(request, reply);
  });
}

const names: Readonly<Record<string, string>> = { utterance: 'prompt', target: 'target_dir' };

/** A problem with a task, told by the name its field has here. */
function renamed(payload: Buffer): Buffer {
  const told = JSON.parse(payload.toString()) as { readonly field?: string };
  const field = told.field === undefined ? undefined : (names[told.field] ?? told.field);
  return Buffer.from(JSON.stringify({ ...told, field }));
}

/** The request's body by its schema; null when it was refused. */
function read<T>(schema: z.ZodType<T>, request: FastifyRequest, reply: FastifyReply): T | null {
  const body = schema.safeParse(request.body);
  if (body.success) return body.data;
  const { code, message } = refusalOf(body.error);
  problem(reply, { status: 422, title: 'Not a task', detail: message, field: code });
  return null;
}
