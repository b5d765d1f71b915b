import { useEffect, useState, useSyncExternalStore } from 'react';
import { gatewayAhead } from './clock.ts';
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

/** The time at the gateway now, again every so many milliseconds. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now + gatewayAhead();
}

/** What the person at the page may do; null until the gateway has said so. */
export interface Me {
  readonly scopes: readonly string[];
  /** The only job they may look at; null for all. */
  readonly job: string | null;
}

let asked: Promise<Me | null> | null = null;

export function useMe(): Me | null {
  const [me, setMe] = useState<Me | null>(null);
  useEffect(() => {
    asked ??= fetch('/api/v1/me').then(
      (response) => (response.ok ? (response.json() as Promise<Me>) : null),
      () => null,
    );
    void asked.then(setMe);
  }, []);
  return me;
}

/** Whether they may ask something of jobs. */
export function useMayAsk(): boolean {
  const me = useMe();
  return me !== null && (me.scopes.includes('control') || me.scopes.includes('admin'));
}
