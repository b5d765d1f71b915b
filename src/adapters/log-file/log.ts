import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino } from 'pino';
import type { Redact } from '../../kit/redact.ts';
import type { Log } from '../../runtime/workshop.ts';

/** Lines that could not be written are kept up to this size, then dropped. Bytes. */
const MAX_UNWRITTEN = 1 << 20;

/** The program's own log: JSON lines in a file, without secrets; warnings also go to `warn`, for people. */
export function fileLog(
  path: string,
  warn: (message: string, fields: Readonly<Record<string, unknown>>) => void,
  redact: Redact,
): Log {
  mkdirSync(dirname(path), { recursive: true });
  const file = destination({ dest: path, sync: true, mode: 0o600, maxLength: MAX_UNWRITTEN });
  file.on('error', () => {
    // A full disk must not end the work over a line of the log: what matters is in the journal and goes to `warn`.
  });
  const clean = { write: (line: string) => file.write(redact(line)) };
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, clean);
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn(message, fields = {}) {
      logger.warn(fields, message);
      const shown = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? redact(value) : value,
      ]);
      warn(message, Object.fromEntries(shown));
    },
  };
}
