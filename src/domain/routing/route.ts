/** One job that an utterance asks for. */
export interface Routed {
  readonly skill: string;
  readonly instruction: string;
}

/** Skills that have a worker. */
export const knownSkills: readonly string[] = ['coding'];

/** What an utterance asks for. Coding is the one skill there is, so it gets the whole of it. */
export function route(utterance: string, skill: string | null): readonly Routed[] {
  return [{ skill: skill ?? 'coding', instruction: utterance }];
}
