import { useEffect, useState } from 'react';
import { useVersion } from '../live/hooks.ts';
import type { JobLive } from '../live/job-live.ts';
import { Player, type Speed, speeds } from '../live/player.ts';
import { duration } from '../parts/format.ts';
import { Link } from '../parts/link.tsx';
import { JobViews } from './job-page.tsx';

/** A job played again from its journal: any moment, any speed, the same views. */
export function Replay({ live }: { readonly live: JobLive }) {
  useVersion(live.state);
  const [player, setPlayer] = useState<Player | null>(null);
  useEffect(() => {
    const made = new Player(live.job);
    setPlayer(made);
    made.play();
    return () => made.pause();
  }, [live.job]);
  return player && <Playing live={live} player={player} />;
}

function Playing({ live, player }: { readonly live: JobLive; readonly player: Player }) {
  useVersion(player);
  const { session } = live.state;
  const start = session.spec?.submitted_at ?? session.startedAt ?? 0;
  const length = Math.max(1, session.lastAt - start);
  const at = Math.max(0, player.now - start);
  return (
    <>
      <fieldset className="player">
        <legend>Replay</legend>
        <button type="button" onClick={() => (player.isPlaying ? player.pause() : player.play())}>
          {player.isPlaying ? 'Pause' : player.hasEnded ? 'Again' : 'Play'}
        </button>
        <label>
          Moment{' '}
          <input
            type="range"
            min={0}
            max={length}
            value={Math.min(at, length)}
            onChange={(event) => void player.seek(start + Number(event.target.value))}
          />
        </label>
        <span>
          {duration(Math.min(at, length))} of {duration(length)}
        </span>
        <label>
          Speed{' '}
          <select value={player.speed} onChange={(event) => player.setSpeed(Number(event.target.value) as Speed)}>
            {speeds.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
        <Link to={{ job: live.job }}>Back to now</Link>
      </fieldset>
      <JobViews job={live.job} state={player.state} line={null} now={player.now} asking={null} />
    </>
  );
}
