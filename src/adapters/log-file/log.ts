import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino } from 'pino';
import type { Log } from '../../runtime/workshop.ts';

/** Lines that could not be written are kept up to this size, then dropped. Bytes. */
const MAX_UNWRITTEN = 1 << 20;

/** The program's own log: JSON lines in a file; warnings also go to `warn`, for people. */
export function fileLog(path: string, warn: (message: string, fields: Readonly<Record<string, unknown>>) => void): Log {
  mkdirSync(dirname(path), { recursive: true });
  const file = destination({ dest: path, sync: true, mode: 0o600, maxLength: MAX_UNWRITTEN });
  file.on('error', () => {
    // A full disk must not end the work over a line of the log: what matters is in the journal and goes to `warn`.
  });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, file);
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn(message, fields = {}) {
      logger.warn(fields, message);
      warn(message, fields);
    },
  };
}
