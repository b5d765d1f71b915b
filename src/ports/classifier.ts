/** A skill as a classifier is told of it. */
export interface KnownSkill {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/**
 * A second opinion on what an utterance asks for, where the rules had to guess.
 *
 * Promises: answers within its deadline; never rejects; null for every failure, so that the rules' answer stands. What it
 * answers has no shape that could be trusted: the caller reads it by a schema.
 */
export interface Classifier {
  classify(utterance: string, skills: readonly KnownSkill[]): Promise<unknown>;
}
