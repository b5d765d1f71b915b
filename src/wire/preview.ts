import { z } from 'zod';
import type { Routing } from '../domain/routing/route.ts';
import { targetText } from '../domain/routing/target.ts';

/** Query of `GET /api/v1/route`. */
export const routeQuery = z.object({
  text: z.string().default(''),
  skill: z.string().optional(),
});

/** What words would become, before anybody hands them in. */
export const routeAnswer = z.object({
  jobs: z.array(z.object({ skill: z.string(), instruction: z.string() })),
  /** What they ask of the work under way; null where they do not. */
  control: z.object({ verb: z.string(), target: z.string() }).nullable(),
  why: z.array(z.string()),
});
export type RouteAnswer = z.infer<typeof routeAnswer>;

export function routeView({ jobs, controls, why }: Pick<Routing, 'jobs' | 'controls' | 'why'>): RouteAnswer {
  const [control = null] = controls.map(({ verb, target }) => ({ verb, target: targetText(target) }));
  return { jobs: jobs.map(({ skill, instruction }) => ({ skill, instruction })), control, why: [...why] };
}

/** What a task may name, and what this gateway is set up to do. */
export const catalogueAnswer = z.object({
  skills: z.array(z.object({ name: z.string(), description: z.string(), worker: z.string() })),
  teams: z.array(z.string()),
  agents: z.array(z.string()),
  target: z.string().describe('Folder of tasks that name none'),
  webhooks: z.array(
    z.object({
      to: z.string().describe('Scheme and host: the rest of an address is often a secret'),
      private: z.boolean().describe('Whether it may lie on this machine or in a private network'),
    }),
  ),
});
export type CatalogueAnswer = z.infer<typeof catalogueAnswer>;
