import type { JobCard } from '../../../src/wire/job-card.ts';
import { useOpened, useVersion } from '../live/hooks.ts';
import { OverviewLive } from '../live/overview-live.ts';
import { clockTime, dollars, folderName } from '../parts/format.ts';
import { LineState } from '../parts/line-state.tsx';
import { Link } from '../parts/link.tsx';

export function HomePage() {
  const overview = useOpened(() => new OverviewLive(), 'overview');
  return overview && <Jobs overview={overview} />;
}

function Jobs({ overview }: { readonly overview: OverviewLive }) {
  useVersion(overview);
  const { cards } = overview;
  const needing = cards.filter(({ questions }) => questions.length > 0);
  const running = cards.filter((card) => !card.is_complete && card.questions.length === 0);
  const over = cards.filter(({ is_complete }) => is_complete);
  return (
    <>
      <LineState line={overview.line} />
      <List title="What needs you" cards={needing} none="Nothing: the team gets on by itself." />
      <List title="At work" cards={running} none="No job is under way." />
      <List title="History" cards={over} none="No job has ended yet." />
    </>
  );
}

function List(props: { readonly title: string; readonly cards: readonly JobCard[]; readonly none: string }) {
  return (
    <section>
      <h2>{props.title}</h2>
      {props.cards.length === 0 ? <p className="none">{props.none}</p> : null}
      <ul className="cards">
        {props.cards.map((card) => (
          <li key={card.id} className={`card card-${card.status}`}>
            <Link to={{ job: card.id }}>{card.instruction}</Link>
            <p className="about">
              {card.status} · {folderName(card.target)} · {clockTime(card.created_at)} · {dollars(card.cost_usd)}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
