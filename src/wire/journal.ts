import { z } from 'zod';
import { type Cursor, parseCursor, START } from '../domain/cursor.ts';

/** Which part of a journal is asked for. */
export const journalQuery = z.strictObject({
  after: z
    .string()
    .refine((text) => parseCursor(text) !== null, 'expected a cursor such as 1-42')
    .transform((text) => text as Cursor)
    .default(START),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
