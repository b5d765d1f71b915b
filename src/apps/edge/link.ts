import { z } from 'zod';
import type { Letter } from '../../domain/voice/letter.ts';
import { never } from '../../kit/never.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { GatewayLink, Posted } from '../../ports/gateway-link.ts';
import type { ClientRefusal, TuttiClient } from '../../wire/client.ts';
import type { Gateway } from './gateway.ts';
import type { TranscriptSocket } from './socket.ts';

/** Answers of 4xx that another try may well change: a token that is replaced, a clock that is set, a gateway that is moved. */
const mendable: ReadonlySet<number> = new Set([0, 401, 403, 404, 408, 421, 425, 429]);

const answer = z.looseObject({
  status: z.string().optional(),
  trace_id: z.string().optional(),
  jobs: z.array(z.looseObject({ job_id: z.string(), task_type: z.string() })).default([]),
  text: z.string().optional(),
});

/** The way to a gateway: over its socket for words that were heard while that is open, else over HTTP. */
export function gatewayLink(gateway: Gateway, socket: TranscriptSocket | null): GatewayLink {
  return {
    async post(letter, course, signal) {
      const client = gateway(signal);
      if (!client.ok) return { type: 'later', code: client.error.code, why: client.error.message };
      socket?.dial();
      const frame = letter.kind === 'final' ? finalBody(letter, course) : null;
      const answered = (frame && (await socket?.ask(frame, signal, true))) ?? null;
      if (answered) return postedOf(readAnswer(answered), letter);
      // Without an answer it may have arrived all the same: its key makes twice once.
      return postedOf(await ask(client.value, letter, course), letter);
    },
    async part(text, signal) {
      const client = gateway(signal);
      if (!client.ok) return;
      socket?.dial();
      const body = { text, is_final: false };
      if (!(await socket?.ask(body, signal, false)) && !signal.aborted) await client.value.transcript(body);
    },
  };
}

function postedOf(told: Result<unknown, ClientRefusal>, letter: Letter): Posted {
  if (!told.ok) return failed(told.error, letter);
  const read = answer.safeParse(told.value);
  // Something that is no gateway answers in its place: a proxy, a page to sign in.
  if (!read.success) return { type: 'later', code: 'no_gateway', why: 'what answers there is no gateway of Tutti' };
  const { status, trace_id, jobs, text } = read.data;
  if (status === 'recorded') return { type: 'recorded' };
  return {
    type: 'accepted',
    trace: trace_id ?? null,
    jobs: jobs.map(({ job_id, task_type }) => ({ id: job_id, skill: task_type })),
    text: text ?? null,
  };
}

const problem = z.looseObject({ code: z.string().optional(), detail: z.string().optional() });

function readAnswer({ status, body }: { readonly status: number; readonly body?: unknown }) {
  if (status >= 200 && status < 300) return ok(body);
  const { code = `http_${status}`, detail = `the gateway answered ${status}` } = problem.safeParse(body).data ?? {};
  return { ok: false, error: { status, code, message: detail } } as const;
}

function finalBody(letter: Extract<Letter, { readonly kind: 'final' }>, course: 'plain' | 'heard') {
  return {
    text: letter.text,
    is_final: true,
    latency_ms: Math.max(0, letter.heardAt - letter.endedAt),
    timestamp: letter.endedAt / 1_000,
    ...(course === 'heard' ? { event: 'heard' } : {}),
    idempotency_key: letter.key,
  };
}

function ask(client: TuttiClient, letter: Letter, course: 'plain' | 'heard') {
  const { key } = letter;
  switch (letter.kind) {
    case 'final':
      return client.transcript(finalBody(letter, course));
    case 'task':
      return client.submit({
        utterance: letter.text,
        ...(letter.skill === null ? {} : { skill: letter.skill }),
        ...(letter.agent === null ? {} : { agent: letter.agent }),
        ...(letter.budgetUsd === undefined ? {} : { budget_usd: letter.budgetUsd }),
        metadata: { source: 'voice' },
        idempotency_key: key,
      });
    case 'answer':
      return client.control(letter.job, 'answer', { question: letter.question, answer: letter.answer }, key);
    default:
      return never(letter);
  }
}

/** An unknown job is final; an unknown address is not, as then another program has the gateway's place. */
/** The gateway's own sentence is for who holds its data folder; it is also said aloud. */
const NOT_LET_IN = 'the gateway does not take this edge’s token: mend TUTTI_TOKEN or --token-file';

function failed({ status, code, message }: ClientRefusal, letter: Letter): Posted {
  if (status === 401) return { type: 'later', code, why: NOT_LET_IN };
  const isUnknownJob = status === 404 && letter.kind === 'answer';
  if (status >= 500 || (mendable.has(status) && !isUnknownJob)) return { type: 'later', code, why: message };
  return { type: 'refused', code, why: message };
}
