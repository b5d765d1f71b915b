import type { z } from 'zod';
import type { Refusal } from '../kit/result.ts';

/** The first thing that is wrong with a body; the code is the path of the field. */
export function refusalOf(error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const field = path.map(String).join('.');
  const what = issue?.code === 'unrecognized_keys' ? 'unknown field' : issue?.message;
  return { code: field, message: `${field || 'body'}: ${what}` };
}
