import type { ReactNode } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { clockTime, dollars, folderName } from '../parts/format.ts';
import { Link } from '../parts/link.tsx';

interface CardProps {
  readonly card: JobCard;
  readonly children?: ReactNode;
}

/** A job at a glance, with what there is to say or do about it below. */
export function Card({ card, children }: CardProps) {
  return (
    <li className={`card card-${card.status}`}>
      <Link to={{ job: card.id }} className="name">
        {visible(card.instruction)}
      </Link>
      <p className="about">
        <span className={`state state-${card.status}`}>{card.status}</span>
        {card.not_before !== null && ` until ${clockTime(card.not_before)}`} · {card.team ?? card.skill} ·{' '}
        <span title={card.target}>{visible(folderName(card.target))}</span> · {clockTime(card.created_at)} ·{' '}
        {dollars(card.cost_usd)}
      </p>
      {children}
    </li>
  );
}

interface CardsProps {
  readonly cards: readonly JobCard[];
  readonly label: string;
  /** What is said where there are none. */
  readonly none: ReactNode;
  readonly below?: (card: JobCard) => ReactNode;
}

export function Cards({ cards, label, none, below }: CardsProps) {
  if (cards.length === 0) return <p className="none">{none}</p>;
  return (
    <ul className="cards" aria-label={label}>
      {cards.map((card) => (
        <Card key={card.id} card={card}>
          {below?.(card)}
        </Card>
      ))}
    </ul>
  );
}

/** Agents shown of a job at work. */
const AGENTS = 6;
const isAtWork = ({ state }: JobCard['agents'][number]) => !['done', 'skipped', 'waiting'].includes(state);

/** How far the job is, and what its agents are about. */
export function AtWork({ card }: { readonly card: JobCard }) {
  const agents = card.agents.toSorted((a, b) => Number(isAtWork(b)) - Number(isAtWork(a)));
  return (
    <>
      <progress max={100} value={card.progress} aria-label={`Progress: ${card.progress} %`} />
      <ul className="agents" aria-label="Agents of the job">
        {agents.slice(0, AGENTS).map(({ agent, role, state, health }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an agent may have several parts, told in a fixed order
          <li key={i} className={`agent-${state}`}>
            <b>{agent}</b> {role}: {health ?? state}
          </li>
        ))}
        {agents.length > AGENTS && <li>and {agents.length - AGENTS} more</li>}
      </ul>
    </>
  );
}
