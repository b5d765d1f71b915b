import type { z } from 'zod';
import type { Refusal } from '../kit/result.ts';

type Issue = z.core.$ZodIssue;

/** The first thing that is wrong with a body; the code is the path of the field. */
export function refusalOf(error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const field = path.map(String).join('.');
  return { code: field, message: `${field || 'body'}: ${issue ? whatIsWrong(issue) : 'not as expected'}` };
}

/** In words of ours where the schema has none of its own: what is expected instead. */
export function whatIsWrong(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown field';
    case 'invalid_type': {
      const expected = `expected ${kinds[issue.expected] ?? issue.expected}`;
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return issue.message.endsWith('received undefined') ? `missing; ${expected}` : expected;
    }
    case 'invalid_value':
      return `expected ${issue.values.map((one) => (typeof one === 'string' ? `"${one}"` : String(one))).join(' or ')}`;
    case 'too_small':
      return issue.message.startsWith('Too small') ? least(issue) : issue.message;
    case 'too_big':
      return issue.message.startsWith('Too big') ? most(issue) : issue.message;
    case 'invalid_union':
      return 'of a kind that is not taken here';
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function least({ minimum, inclusive, origin }: z.core.$ZodIssueTooSmall): string {
  return `expected ${inclusive ? 'at least' : 'more than'} ${minimum}${unit(origin)}`;
}

function most({ maximum, inclusive, origin }: z.core.$ZodIssueTooBig): string {
  return `expected ${inclusive ? 'at most' : 'less than'} ${maximum}${unit(origin)}`;
}

function unit(origin: string): string {
  if (origin === 'string') return ' character(s)';
  return origin === 'array' ? ' item(s)' : '';
}
