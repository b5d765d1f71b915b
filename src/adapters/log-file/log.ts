import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino } from 'pino';
import type { Log } from '../../runtime/workshop.ts';

/** The program's own log: JSON lines in a file; warnings also go to `warn`, for people. */
export function fileLog(path: string, warn: (message: string, fields: Readonly<Record<string, unknown>>) => void): Log {
  mkdirSync(dirname(path), { recursive: true });
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: path, sync: true, mode: 0o600 }));
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn(message, fields = {}) {
      logger.warn(fields, message);
      warn(message, fields);
    },
  };
}
