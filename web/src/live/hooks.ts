import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Redraw } from './frame.ts';

interface Live {
  readonly redraw: Redraw;
  readonly version: number;
}

/** Draws anew when the state has changed, at most once a frame; answers its version. */
export function useVersion(live: Live): number {
  return useSyncExternalStore(live.redraw.subscribe, () => live.version);
}

/** Something that is opened for as long as a part of the page is there. */
export function useOpened<T extends { close(): void }>(open: () => T, key: string): T | null {
  const [opened, setOpened] = useState<T | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: opened anew for another key alone
  useEffect(() => {
    const it = open();
    setOpened(it);
    return () => it.close();
  }, [key]);
  return opened;
}

/** The time now, again every so many milliseconds. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}
