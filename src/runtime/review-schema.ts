import { z } from 'zod';
import { reviewAnswer } from '../domain/agent-event.ts';

/** The answer schema of a review as JSON Schema in the strict form that vendors accept: every key required, none besides. */
export const reviewSchema: Readonly<Record<string, unknown>> = strict(
  z.toJSONSchema(reviewAnswer, { target: 'draft-7' }),
);

function strict(node: unknown): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node as Record<string, unknown>)) {
    if (key === '$schema' || key === 'minimum' || key === 'maximum') continue;
    if (Array.isArray(value)) copy[key] = value.map((v) => (typeof v === 'object' && v !== null ? strict(v) : v));
    else copy[key] = typeof value === 'object' && value !== null ? strict(value) : value;
  }
  if (copy.type === 'object' && typeof copy.properties === 'object' && copy.properties !== null) {
    copy.required = Object.keys(copy.properties);
    copy.additionalProperties = false;
  }
  return copy;
}
