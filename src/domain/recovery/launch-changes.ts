import { z } from 'zod';

/** What differs from an ordinary launch of an agent, because a recovery or the team asked for it. */
export const launchChanges = z.object({
  /** Model instead of the configured one; `default` is the program's own choice; null leaves it as configured. */
  model: z.string().nullable(),
  /** Further folders the agent may read. Absolute. */
  directories: z.array(z.string()).readonly(),
  /** Passes the agent's own check that the folder is a trusted repository. */
  skipTrustCheck: z.boolean(),
});
export type LaunchChanges = Readonly<z.infer<typeof launchChanges>>;

/** An ordinary launch. */
export const noChanges: LaunchChanges = { model: null, directories: [], skipTrustCheck: false };
