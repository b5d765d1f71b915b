import { z } from 'zod';

/** A message of the Model Context Protocol: a request, a notification or an answer. Source: JSON-RPC 2.0. */
export const mcpMessage = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(200), z.number()]).optional(),
  method: z.string().max(200).optional(),
  params: z.looseObject({}).optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

export const mcpAnswer = z.looseObject({ jsonrpc: z.literal('2.0') });
