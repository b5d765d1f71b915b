import { join, resolve } from 'node:path';
import { openAiClassifier } from '../adapters/classifier-openai/classifier.ts';
import { packageRoot } from '../adapters/package-files/package.ts';
import { SkillFiles } from '../adapters/skill-files/skills.ts';
import { type Knowledge, type Routing, route, routeAs } from '../domain/routing/route.ts';
import { readOpinion } from '../domain/routing/second-opinion.ts';
import { systemClock } from '../kit/clock.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Catalogue } from '../runtime/submission.ts';
import type { Config } from '../wire/config.ts';

export interface RouterOptions {
  /** Its folder `skills` is read as well. */
  readonly dataFolder?: string;
  /** Holds the key of the router's model. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly warn?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** The router of a configuration: shipped skills, those of the configuration's folders, those of the data folder. */
export function openRouter(
  config: Config,
  known: Pick<Catalogue, 'agents' | 'teams'>,
  { dataFolder, env = {}, warn = () => {} }: RouterOptions,
): Result<Required<Pick<Catalogue, 'skills' | 'route' | 'reconsider'>>> {
  const own = dataFolder === undefined ? [] : [join(dataFolder, 'skills')];
  const places = [join(packageRoot, 'skills'), ...config.skills.map((place) => resolve(place)), ...own];
  const files = SkillFiles.open({ places, teams: known.teams, clock: systemClock, warn });
  if (!files.ok) return files;
  const knowledge = (): Knowledge => ({ skills: files.value.skills(), agents: known.agents });
  return ok({
    skills: () => files.value.skills(),
    route: (utterance, skill) => {
      const named = skill === null ? undefined : files.value.skills().find(({ name }) => name === skill);
      return named ? routeAs(utterance, named) : route(utterance, knowledge());
    },
    reconsider: secondOpinion(config, knowledge, env, warn),
  });
}

/** Asks the configured model where the rules were unsure; where none is configured, the rules decide. */
function secondOpinion(
  { router }: Config,
  knowledge: () => Knowledge,
  env: NonNullable<RouterOptions['env']>,
  warn: NonNullable<RouterOptions['warn']>,
): NonNullable<Catalogue['reconsider']> {
  if (!router) return async (_, routing: Routing) => routing;
  const { url, model, keyEnv, deadlineMs } = router;
  const key = keyEnv === undefined ? null : (env[keyEnv] ?? null);
  const classifier = openAiClassifier({ url, model, key, deadlineMs, clock: systemClock, warn });
  return async (utterance, routing) => {
    if (!routing.unsure) return routing;
    const known = knowledge();
    return readOpinion(await classifier.classify(utterance, known.skills), utterance, known) ?? routing;
  };
}
