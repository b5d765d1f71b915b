import { pathToFileURL } from 'node:url';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { AgentConfig, AgentDriver, DriverWorld } from '../../ports/agent.ts';

/** What the module of a driver exports, by this name or as its default. */
type MakeDriver = (config: AgentConfig, world: DriverWorld) => AgentDriver;

/**
 * A driver out of a package of somebody else's. It is code and runs as part of Tutti: only the person's own configuration
 * can name it. Refuses (`bad_driver`) what is no driver.
 */
export async function pluginDriver(config: AgentConfig, world: DriverWorld): Promise<Result<AgentDriver>> {
  const about = `the driver of the agent "${config.name}" (${config.driver})`;
  try {
    const module = (await import(pathToFileURL(config.driver ?? '').href)) as { driver?: unknown; default?: unknown };
    const make = module.driver ?? module.default;
    if (typeof make !== 'function') return refuse('bad_driver', `${about} exports no function "driver"`);
    const driver = (make as MakeDriver)(config, world);
    const lacks = ['probe', 'start', 'stateFolders'].find(
      (name) => typeof Reflect.get(Object(driver), name) !== 'function',
    );
    if (lacks) return refuse('bad_driver', `${about} made no driver: it has no function "${lacks}"`);
    return ok({
      ...driver,
      config,
      environment: Array.isArray(driver.environment) ? driver.environment : [],
      probe: (env) => driver.probe(env),
      start: (launch) => driver.start(launch),
      stateFolders: (env) => driver.stateFolders(env),
    });
  } catch (error) {
    return refuse('bad_driver', `${about} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}
