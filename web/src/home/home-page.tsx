import { useMe, useNow, useVersion } from '../live/hooks.ts';
import type { OverviewLive } from '../live/overview-live.ts';
import { useRoute } from '../route.ts';
import { sortCards } from './filter.ts';
import { History } from './history.tsx';
import { AtWork, Cards } from './job-card.tsx';
import { Needs } from './needs.tsx';
import { TaskBox } from './task-box.tsx';

/** What needs the person, what is under way, what has been, and where a task is typed. */
export function HomePage({ overview }: { readonly overview: OverviewLive }) {
  useVersion(overview);
  const { filter } = useRoute();
  const { cards, isKnown } = overview;
  const { asking, failed, open, history } = sortCards(cards, filter, useNow(60_000));
  const scopes = useMe()?.scopes ?? [];
  const maySubmit = scopes.includes('submit') || scopes.includes('admin');
  return (
    <div className="home">
      <h1 className="unseen">Jobs</h1>
      <Needs asking={asking} failed={failed} isKnown={isKnown} />
      {maySubmit && <TaskBox cards={cards} />}
      <div>
        <section aria-labelledby="open">
          <h2 id="open">At work</h2>
          <Cards
            label="Jobs at work"
            cards={open}
            none={isKnown ? 'No job is under way: type a task and hand it in.' : 'Not known yet.'}
            below={(card) => <AtWork card={card} />}
          />
        </section>
        <History all={cards} shown={history} filter={filter} isKnown={isKnown} />
      </div>
    </div>
  );
}
