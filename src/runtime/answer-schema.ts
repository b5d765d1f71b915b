import { z } from 'zod';
import { reviewAnswer } from '../domain/agent-event.ts';
import { proposal } from '../domain/planning/proposal.ts';
import { summaryAnswer } from '../domain/telling/answer.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Words of JSON Schema that not every vendor takes. Answers are held to these bounds when they are read. */
const unsupported: ReadonlySet<string> = new Set([
  '$schema',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
]);

/** The answer schema of a review. */
export const reviewSchema: Schema = schemaFor(reviewAnswer);
/** The answer schema of a planner. */
export const planSchema: Schema = schemaFor(proposal);

/** The answer schema of who sums up. */
export const summarySchema: Schema = schemaFor(summaryAnswer);

/** JSON Schema in the strict form that vendors accept: every key required, none besides, no bounds. */
function schemaFor(type: z.ZodType): Schema {
  return strict(z.toJSONSchema(type, { target: 'draft-7' }));
}

function strict(schema: Schema): Schema {
  const kept = Object.entries(schema).filter(([key]) => !unsupported.has(key));
  const copy = Object.fromEntries(kept.map(([key, value]) => [key, strictPart(key, value)]));
  if (!isSchema(copy.properties)) return copy;
  return { ...copy, required: Object.keys(copy.properties), additionalProperties: false };
}

/** Names of properties are no words of JSON Schema, whatever they are called. */
function strictPart(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => (isSchema(one) ? strict(one) : one));
  if (!isSchema(value)) return value;
  if (key !== 'properties') return strict(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, isSchema(one) ? strict(one) : one]));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
