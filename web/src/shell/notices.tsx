import { useEffect, useRef, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { useVersion } from '../live/hooks.ts';
import type { OverviewLive } from '../live/overview-live.ts';
import { go } from '../route.ts';
import { keep, kept } from './kept.ts';
import { type News, newsOf } from './news.ts';

/** Longest line of a notification. Characters. */
const LONGEST = 200;

/** Tells what is new: in the title always, by the browser's notifications where the person has asked for them. */
export function Notices({ overview }: { readonly overview: OverviewLive }) {
  const version = useVersion(overview);
  const [isOn, setOn] = useState(() => isGranted() && kept('notices') === 'on');
  const before = useRef<readonly JobCard[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cards are those of the version
  useEffect(() => {
    const { cards } = overview;
    const asking = cards.filter(({ questions }) => questions.length > 0).length;
    document.title = asking > 0 ? `(${asking}) Tutti` : 'Tutti';
    if (!overview.isKnown) return;
    if (isOn && before.current) for (const news of newsOf(before.current, cards)) notify(news);
    before.current = cards;
  }, [overview, version, isOn]);
  if (!('Notification' in window)) return null;
  const toggle = async () => {
    const isWanted = !isOn && (await Notification.requestPermission()) === 'granted';
    keep('notices', isWanted ? 'on' : 'off');
    setOn(isWanted);
  };
  const isDenied = Notification.permission === 'denied';
  const why = isDenied ? 'this browser was told to show none: allow notifications for this page' : undefined;
  return (
    <button type="button" aria-pressed={isOn} disabled={isDenied} title={why} onClick={() => void toggle()}>
      Notify me
    </button>
  );
}

function isGranted(): boolean {
  return 'Notification' in window && Notification.permission === 'granted';
}

function notify({ name, job, title, text }: News): void {
  const shown = new Notification(visible(title).slice(0, LONGEST), {
    body: visible(text).slice(0, LONGEST),
    tag: name,
  });
  shown.onclick = () => {
    window.focus();
    go({ job });
    shown.close();
  };
}
