import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Team, team } from '../../domain/planning/team.ts';

/** The folder of this package, from the sources as well as from the build. */
export const packageRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

export function shippedTeams(): ReadonlyMap<string, Team> {
  const folder = join(packageRoot, 'teams');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => [file.slice(0, -5), team.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')))]),
  );
}
