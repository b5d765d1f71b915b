import { useEffect, useState } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { visible } from '../../../src/kit/display.ts';
import { gateway } from '../live/gateway.ts';
import { Rows } from '../parts/rows.tsx';

const LINES = 2_000;
const LOOK_MS = 2_000;
/** Of a line more than this is not drawn. Characters. */
const LONGEST = 2_000;

/** The raw words of an agent's program, the last ones, as they were said. */
export function RawWords({ job, session }: { readonly job: string; readonly session: Session }) {
  const agents = [...new Set([...session.runs.values()].map(({ agent }) => agent))];
  const [chosen, setChosen] = useState<string | null>(null);
  const [follows, setFollows] = useState(true);
  const agent = chosen ?? agents[0] ?? null;
  const { lines, trouble } = useLines(job, agent, follows && session.ended === null);
  if (agent === null) return <p className="none">No agent has said anything yet.</p>;
  return (
    <section aria-label="Raw words" className="words-view">
      <p className="tools">
        <label>
          Agent{' '}
          <select value={agent} onChange={(event) => setChosen(event.target.value)}>
            {agents.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} /> Follow the
          end
        </label>
        <span className="quiet">{lines.length === LINES ? `the last ${LINES} lines` : `${lines.length} lines`}</span>
      </p>
      {trouble && <p className="none">{trouble}</p>}
      <Rows
        label={`What ${agent} said`}
        count={lines.length}
        height={22}
        follows={follows}
        leave={() => setFollows(false)}
        row={(index) => <code className="raw">{visible((lines[index] ?? '').slice(0, LONGEST))}</code>}
      />
    </section>
  );
}

function useLines(job: string, agent: string | null, isLive: boolean) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    if (agent === null) return;
    let isGone = false;
    const look = async () => {
      const answer = await gateway.logs(job, agent, LINES);
      if (isGone) return;
      if (answer.ok)
        setLines(answer.value.logs.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))));
      setTrouble(answer.ok ? null : answer.error.message);
    };
    void look();
    const timer = isLive ? window.setInterval(look, LOOK_MS) : undefined;
    return () => {
      isGone = true;
      window.clearInterval(timer);
    };
  }, [job, agent, isLive]);
  return { lines, trouble };
}
