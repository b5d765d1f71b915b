import { z } from 'zod';
import { type Cursor, parseCursor } from '../domain/cursor.ts';
import { event, type Recorded } from '../domain/event.ts';
import { ok, type Result, refuse } from '../kit/result.ts';

/** An event as it goes over the wire: the stored JSON with its cursor and time in front. */
export function eventJson(recorded: Recorded): string {
  const text = recorded.text ?? JSON.stringify(recorded.event);
  return `{"cursor":"${recorded.cursor}","at":${recorded.at},${text.slice(1)}`;
}

const wireEvent = z.looseObject({ cursor: z.string(), at: z.number() });

/** Reads back what `eventJson` wrote; refuses saying what is wrong. */
export function readEvent(text: string): Result<Recorded> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_event', 'not JSON');
  }
  const placed = wireEvent.safeParse(value);
  if (!placed.success || !parseCursor(placed.data.cursor))
    return refuse('bad_event', 'no event with a cursor and a time');
  const { cursor, at, ...rest } = placed.data;
  const read = event.safeParse(rest);
  if (!read.success) return refuse('bad_event', `not an event of a known kind: ${read.error.issues[0]?.message}`);
  return ok({ cursor: cursor as Cursor, at, event: read.data });
}
