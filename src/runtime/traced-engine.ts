import { cursor } from '../domain/cursor.ts';
import { emptySession } from '../domain/session.ts';
import type { Engine } from '../ports/engine.ts';
import type { TraceSink } from './workshop.ts';

/** The same engine, whose submissions the trace hears of, whoever makes them; a repeated one is none. */
export function tracedEngine(engine: Engine, traces: TraceSink): Engine {
  const submit: Engine['submit'] = async (...asked) => {
    const submitted = await engine.submit(...asked);
    for (const { spec } of submitted.repeated ? [] : submitted.jobs) {
      const event = { type: 'job.submitted' as const, spec };
      traces.take({ cursor: cursor(0, 1), at: spec.submitted_at, event }, emptySession);
    }
    return submitted;
  };
  return new Proxy(engine, {
    get(target, name) {
      if (name === 'submit') return submit;
      const part: unknown = Reflect.get(target, name, target);
      return typeof part === 'function' ? part.bind(target) : part;
    },
  });
}
