import { useEffect, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import type { RouteAnswer } from '../../../src/wire/preview.ts';
import { gateway } from '../live/gateway.ts';
import { dollars } from '../parts/format.ts';
import { usualCost, type Who } from './estimate.ts';

/** Somebody who types is not asked after on each key. Milliseconds. */
const PAUSE_MS = 250;
/** An address has room for no more: longer words are routed when they are handed in. Characters as they are sent. */
const LONGEST = 8_000;

type Looked = { readonly found: RouteAnswer } | { readonly wrong: string };

/** What the words would become, looked up while they are typed; null where there are none. */
function useRouting(text: string, skill: string): Looked | null {
  const [looked, setLooked] = useState<Looked | null>(null);
  useEffect(() => {
    const isLong = encodeURIComponent(text.toWellFormed()).length > LONGEST;
    if (text.trim() === '' || isLong) {
      setLooked(isLong ? { wrong: 'So many words are looked at when they are handed in.' } : null);
      return;
    }
    let isCurrent = true;
    const timer = window.setTimeout(async () => {
      const answer = await gateway.route(text.toWellFormed(), skill);
      if (isCurrent) setLooked(answer.ok ? { found: answer.value } : { wrong: answer.error.message });
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [text, skill]);
  return looked;
}

interface PreviewProps {
  readonly text: string;
  readonly skill: string;
  readonly who: Who;
  readonly cards: readonly JobCard[];
}

/** What would be done with the words as they stand. */
export function Preview({ text, skill, who, cards }: PreviewProps) {
  const looked = useRouting(text, skill);
  return (
    <output className="preview" aria-live="polite" aria-label="What it would become">
      {looked && 'wrong' in looked && <p className="quiet">{visible(looked.wrong)}</p>}
      {looked && 'found' in looked && <Found found={looked.found} who={who} cards={cards} />}
    </output>
  );
}

function Found({ found, who, cards }: { readonly found: RouteAnswer } & Pick<PreviewProps, 'who' | 'cards'>) {
  const { jobs, control, why } = found;
  const costs = jobs.map(({ skill }) => usualCost(cards, skill, who));
  return (
    <>
      {control && (
        <p>
          This steers the work under way: <b>{visible(`${control.verb} ${control.target}`)}</b>. It is done at once.
        </p>
      )}
      <ol>
        {jobs.map(({ skill, instruction }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two parts may have the same words
          <li key={i}>
            <b>{skill}</b>: {visible(instruction)} <span className="quiet">{costWords(costs[i] ?? null)}</span>
          </li>
        ))}
      </ol>
      <details>
        <summary>Why</summary>
        <ul>
          {[...new Set(why)].map((line) => (
            <li key={line}>{visible(line)}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

function costWords(cost: ReturnType<typeof usualCost>): string {
  if (cost === null) return 'no estimate yet';
  return `usually ${dollars(cost.usd)} (${cost.of === 1 ? 'one job' : `${cost.of} jobs`})`;
}
