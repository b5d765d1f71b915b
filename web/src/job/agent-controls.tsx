import { useState } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { type Asking, whyNot } from '../live/asking.ts';
import { Ask, Words } from './controls.tsx';

interface AgentControlsProps {
  readonly asking: Asking;
  readonly session: Session;
  readonly agent: string;
}

/** What can be asked of one agent. */
export function AgentControls({ asking, session, agent }: AgentControlsProps) {
  const [isSteering, setSteering] = useState(false);
  const isPaused = session.pausedAgents.has(agent);
  const verb = isPaused ? 'resume' : 'pause';
  return (
    <div className="agent-controls">
      <p className="tools">
        <Ask
          label={isPaused ? 'Resume' : 'Pause'}
          why={whyNot(session, verb, { agent })}
          act={() => asking.ask(verb, { agent }, `${verb} ${agent}`)}
        />
        <Ask
          label="Steer …"
          why={whyNot(session, 'steer', { agent, text: 'x' })}
          act={() => setSteering(!isSteering)}
        />
        <Ask
          label="Stop it"
          why={whyNot(session, 'stop', { agent })}
          act={() => asking.ask('stop', { agent, reason: 'stopped on the page' }, `stop ${agent}`)}
        />
      </p>
      {isSteering && (
        <Words
          label={`Tell ${agent}`}
          button="Send"
          send={(text) => asking.ask('steer', { agent, text }, `words for ${agent}`)}
        />
      )}
    </div>
  );
}
