import type { Sandbox } from '../../ports/sandbox.ts';

/** No confinement: agents run with the person's own rights. Callers must say so loudly. */
export const noSandbox: Sandbox = {
  name: 'none',
  wrap: async ({ command }) => command,
};
