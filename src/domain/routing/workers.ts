/** Workers there are. */
const there: ReadonlySet<string> = new Set(['coding', 'browser', 'summary']);

/** Other names that registries have for the workers there are. */
const sameAs: Readonly<Record<string, string>> = { code: 'coding', 'coding-worker': 'coding', coder: 'coding' };

/**
 * Who does the jobs of a skill.
 * @returns the worker, and one sentence for people where it is not the one the skill asks for
 */
export function workerOf(skill: { readonly name: string; readonly worker: string }): {
  readonly worker: string;
  readonly why: string | null;
} {
  const wanted = Object.hasOwn(sameAs, skill.worker) ? (sameAs[skill.worker] ?? skill.worker) : skill.worker;
  if (there.has(wanted)) return { worker: wanted, why: null };
  const why = `${skill.name}: there is no worker "${skill.worker}" yet, so the coding team does it`;
  return { worker: 'coding', why };
}

/** The one agent that does the jobs of a worker alone; null for a team. */
export function agentOfWorker(worker: string): string | null {
  return worker === 'browser' ? 'browser' : null;
}
