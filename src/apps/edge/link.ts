import { z } from 'zod';
import type { Letter } from '../../domain/voice/letter.ts';
import { never } from '../../kit/never.ts';
import type { GatewayLink, Posted } from '../../ports/gateway-link.ts';
import type { ClientRefusal, TuttiClient } from '../../wire/client.ts';
import type { Gateway } from './gateway.ts';

/** Answers of 4xx that another try may well change: a token that is replaced, a clock that is set, a gateway that is moved. */
const mendable: ReadonlySet<number> = new Set([0, 401, 403, 404, 408, 421, 425, 429]);

const answer = z.looseObject({
  status: z.string().optional(),
  trace_id: z.string().optional(),
  jobs: z.array(z.looseObject({ job_id: z.string(), task_type: z.string() })).default([]),
  text: z.string().optional(),
});

/** The way to a gateway over HTTP. */
export function httpLink(gateway: Gateway): GatewayLink {
  return {
    async post(letter, course, signal) {
      const client = gateway(signal);
      if (!client.ok) return { type: 'later', code: client.error.code, why: client.error.message };
      const told = await ask(client.value, letter, course);
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
    },
    async part(text, signal) {
      const client = gateway(signal);
      if (client.ok) await client.value.transcript({ text, is_final: false });
    },
  };
}

function ask(client: TuttiClient, letter: Letter, course: 'plain' | 'heard') {
  const { key } = letter;
  switch (letter.kind) {
    case 'final':
      return client.transcript({
        text: letter.text,
        is_final: true,
        latency_ms: Math.max(0, letter.heardAt - letter.endedAt),
        timestamp: letter.endedAt / 1_000,
        ...(course === 'heard' ? { event: 'heard' } : {}),
        idempotency_key: key,
      });
    case 'task':
      return client.submit({
        utterance: letter.text,
        ...(letter.skill === null ? {} : { skill: letter.skill }),
        ...(letter.agent === null ? {} : { agent: letter.agent }),
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
function failed({ status, code, message }: ClientRefusal, letter: Letter): Posted {
  const isUnknownJob = status === 404 && letter.kind === 'answer';
  if (status >= 500 || (mendable.has(status) && !isUnknownJob)) return { type: 'later', code, why: message };
  return { type: 'refused', code, why: message };
}
