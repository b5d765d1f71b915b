import { useEffect, useRef, useState } from 'react';
import { OverviewLive } from '../live/overview-live.ts';

/** All jobs for as long as the page is there; null where they are not to be seen. */
export function useOverview(how: 'line' | 'looks' | null): OverviewLive | null {
  const [opened, setOpened] = useState<OverviewLive | null>(null);
  const last = useRef<OverviewLive | null>(null);
  useEffect(() => {
    if (how === null) return;
    const it = new OverviewLive(how, last.current?.cards);
    last.current = it;
    setOpened(it);
    return () => it.close();
  }, [how]);
  return opened;
}
