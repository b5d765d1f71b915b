import { z } from 'zod';
import { ledgerGroups } from '../domain/cost/ledger.ts';

/** Query of `GET /api/v1/costs`. */
export const costQuery = z.object({
  by: z.enum(ledgerGroups).default('day'),
  days: z.coerce.number().positive().max(100_000).default(30),
});
