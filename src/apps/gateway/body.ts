import type { FastifyInstance } from 'fastify';

/** A body larger than this is refused, in bytes. */
export const BODY_MAX = 1 << 20;
/** Values nested deeper than this are refused: writing them down again would exhaust the stack. */
const DEPTH_MAX = 64;

class BadBody extends Error {
  readonly statusCode = 400;
}

/** Bodies are JSON in UTF-8, of sane depth, without keys that reach for an object's prototype. Nothing else is read. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body as Buffer);
    } catch {
      return done(new BadBody('the body is not UTF-8'));
    }
    if (text.trim() === '') return done(new BadBody('the body is empty: send a JSON object'));
    parse(request, text, (error, value) => {
      if (error) done(new BadBody(`the body cannot be read as JSON: ${error.message}`));
      else if (isDeeper(value, DEPTH_MAX)) done(new BadBody(`the body is nested deeper than ${DEPTH_MAX} levels`));
      else done(null, value);
    });
  });
}

function isDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= most; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
