/**
 * What cures a known trouble. Source: the mission's recovery patterns (document D) and the programs' own failures.
 * `relaunch` starts the run again in the agent's own session; `fresh_session` without it; `prepare` after its folders and
 * their rights are made; `hand_over` gives the work to an agent of another vendor; the others say what they change.
 */
export const cures = [
  'relaunch',
  'relaunch_with_directories',
  'relaunch_with_skip_flag',
  'fresh_session',
  'fallback_model',
  'wait_and_resume',
  'prepare',
  'hand_over',
  'escalate',
] as const;
export type Cure = (typeof cures)[number];
