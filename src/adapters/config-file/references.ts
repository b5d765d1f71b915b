import { templatePlan } from '../../domain/planning/plan.ts';
import type { Config } from '../../wire/config.ts';

/** Names that a config may use without defining them. */
export interface Known {
  readonly agents: readonly string[];
  readonly teams: readonly string[];
}

interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first name in the config that points to nothing, or agent that cannot be started for want of a key. */
export function wrongReference(value: Config, known: Known): Wrong | null {
  return (
    wrongAgent(value, known) ?? wrongTeam(value, known) ?? wrongDefault(value, known) ?? wrongSummaries(value, known)
  );
}

function wrongAgent({ agents }: Config, known: Known): Wrong | null {
  for (const [name, { protocol, command, bin, driver }] of Object.entries(agents)) {
    const path = ['agents', name];
    if (protocol === undefined && !known.agents.includes(name)) {
      const message = `expected a "protocol" (acp, events, plugin, claude or codex): only ${list(known.agents)} need none`;
      return { path, message };
    }
    if (protocol === 'plugin' && !driver) return { path, message: 'expected a "driver", as the protocol is plugin' };
    if (driver && protocol !== 'plugin')
      return { path: [...path, 'driver'], message: 'expected the protocol plugin with it' };
    if (protocol === 'events' && !command) return { path, message: 'expected a "command", as the protocol is events' };
    if (protocol === 'acp' && !command && !bin && name !== 'gemini') {
      return { path, message: 'expected a "command", as the protocol is acp' };
    }
  }
  return null;
}

function wrongTeam({ agents, teams }: Config, known: Known): Wrong | null {
  const there = [...new Set([...known.agents, ...Object.keys(agents)])];
  for (const [name, team] of Object.entries(teams)) {
    const i = team.members.findIndex(({ agent }) => !there.includes(agent));
    const member = team.members[i];
    if (member) {
      const message = `there is no agent "${member.agent}": there is ${list(there)}`;
      return { path: ['teams', name, 'members', i, 'agent'], message };
    }
    const plan = templatePlan(team, '');
    if (!plan.ok) return { path: ['teams', name, 'steps'], message: plan.error.message };
  }
  return null;
}

function wrongDefault({ teams, defaultTeam }: Config, known: Known): Wrong | null {
  const there = [...new Set([...known.teams, ...Object.keys(teams)])];
  if (defaultTeam === undefined || there.includes(defaultTeam)) return null;
  return { path: ['defaultTeam'], message: `there is no team "${defaultTeam}": there is ${list(there)}` };
}

function wrongSummaries({ agents, summaries }: Config, known: Known): Wrong | null {
  const there = [...new Set([...known.agents, ...Object.keys(agents)])].filter((one) => one !== 'browser');
  if (summaries === undefined || summaries === 'deterministic' || there.includes(summaries)) return null;
  return { path: ['summaries'], message: `expected "deterministic" or an agent: there is ${list(there)}` };
}

function list(names: readonly string[]): string {
  return [...names].sort().join(', ');
}
