import type { FastifyInstance } from 'fastify';
import { DEPTH_MAX, isDeeper } from '../../kit/depth.ts';

/** A body larger than this is refused, in bytes. */
export const BODY_MAX = 1 << 20;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Nothing at all is a body as well: every field has a default. */
    readonly mayBeEmpty?: boolean;
  }
}

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
    const isEmpty = text.trim() === '';
    if (isEmpty && request.routeOptions.config.mayBeEmpty === true) return done(null, undefined);
    if (isEmpty) return done(new BadBody('the body is empty: send a JSON object'));
    parse(request, text, (error, value) => {
      if (error) done(new BadBody(`the body cannot be read as JSON: ${error.message}`));
      else if (isDeeper(value, DEPTH_MAX)) done(new BadBody(`the body is nested deeper than ${DEPTH_MAX} levels`));
      else done(null, value);
    });
  });
}
