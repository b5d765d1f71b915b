/**
 * What the author of a driver needs. A driver's package exports `driver(config, world)`, which gives an `AgentDriver`;
 * `driver-contract.ts` holds the promises it must keep.
 */
export { type AgentEvent, clip, type Outcome, type Usage, unknownUsage } from './domain/agent-event.ts';
export type { LaunchChanges } from './domain/recovery/launch-changes.ts';
export type {
  AgentConfig,
  AgentDriver,
  AgentProbe,
  AgentRun,
  DriverWorld,
  Launch,
  Permission,
  PermissionRequest,
  Permit,
  RunEnd,
  RunItem,
  Vitals,
} from './ports/agent.ts';
export { ChildRun, type Ending } from './ports/child-run.ts';
export type { Child, Line, Processes, SpawnSpec } from './ports/processes.ts';
export { failed, RunStream } from './ports/run-stream.ts';
