import type { FastifyInstance } from 'fastify';
import { routeTask } from '../../runtime/submission.ts';
import { type CatalogueAnswer, type RouteAnswer, routeQuery, routeView } from '../../wire/preview.ts';
import { refusalOf } from '../../wire/refusal.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

const nothing: RouteAnswer = { jobs: [], control: null, why: [] };

/** What a person sees while they write a task: what it may name, and what its words would become. */
export function previewRoutes(app: FastifyInstance, options: GatewayOptions): void {
  app.get('/api/v1/catalogue', async () => catalogueOf(options));
  app.get('/api/v1/route', async (request, reply) => {
    const query = routeQuery.safeParse(request.query);
    const refused = (code: string, message: string) =>
      problem(reply, {
        status: 422,
        title: 'Not a task',
        detail: message,
        field: code === 'utterance' ? 'text' : code,
      });
    if (!query.success) {
      const { code, message } = refusalOf(query.error);
      return refused(code, message);
    }
    const { text, skill } = query.data;
    if (text.trim() === '') return nothing;
    // By the rules alone: a look costs nothing, however often a page looks while somebody types.
    const routing = routeTask({ utterance: text, skill }, options.catalogue);
    return routing.ok ? routeView(routing.value) : refused(routing.error.code, routing.error.message);
  });
}

function catalogueOf({ catalogue, skills, target, receivers }: GatewayOptions): CatalogueAnswer {
  return {
    skills: skills().map(({ name, description, worker }) => ({ name, description, worker })),
    teams: [...catalogue.teams].sort(),
    agents: [...catalogue.agents].sort(),
    target,
    webhooks: receivers.map(({ url, allowPrivate }) => ({ to: new URL(url).origin, private: allowPrivate })),
  };
}
