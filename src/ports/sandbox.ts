/** What a launch may touch. Paths are absolute. */
export interface Confinement {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly writable: readonly string[];
}

/** Wraps a launch so that the system confines it. Every launch of an agent passes through one of these. */
export interface Sandbox {
  /** Short name for people: what confines the agents now. */
  readonly name: string;
  wrap(confinement: Confinement): Promise<readonly string[]>;
}
