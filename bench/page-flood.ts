import { setTimeout as delay } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { saw } from '../src/domain/journal.fixture.ts';
import { Journal } from '../tests/page/journal.ts';
import { linkOf, Place, Visit } from '../tests/page/stage.ts';

export interface Flood {
  readonly events: number;
  /** Null: as fast as they can be stored. */
  readonly perSecond: number | null;
}

export interface Flooded {
  /** Bytes of the page's heap after a collection, at each fifth of the way. */
  readonly heaps: readonly number[];
  /** What the page says of their number at the end. */
  readonly shown: string;
  /** The first line, when one has gone back to it. */
  readonly first: string;
  /** Milliseconds from an event's time to its line in the page, for each line that was drawn. */
  readonly delays: readonly number[];
  /** Milliseconds from a key pressed in the page meanwhile to the frame that answers it. */
  readonly answers: readonly number[];
}

const BATCH_MS = 20;

/** Writes a flood of events into a job while its list of events is looked at in a real browser. */
export async function flood({ events, perSecond }: Flood): Promise<Flooded> {
  using place = new Place();
  await using front = await place.open();
  const journal = await Journal.begin(front);
  await using visit = await Visit.signIn(await linkOf(front));
  const { page } = visit;
  await visit.go(`/?session=${journal.job}&view=events`);
  await page.getByText('2 events').waitFor();
  await page.evaluate(watch);
  const devtools = await page.context().newCDPSession(page);
  const heaps: number[] = [];
  const answers: number[] = [];
  for (let fifth = 0; fifth < 5; fifth++) {
    await pour(journal, events / 5, perSecond, () => answerTime(page, answers));
    await page.getByText(`${((fifth + 1) * events) / 5 + 2} events`).waitFor({ timeout: 60_000 });
    heaps.push(await heapOf(devtools));
  }
  const shown = (await page.getByText(/^\d+ events$/).textContent()) ?? '';
  const delays = await page.evaluate(() => (window as unknown as { delays: number[] }).delays);
  const log = page.getByRole('log');
  await log.focus();
  await page.keyboard.press('Home');
  await log.getByText('job.submitted').waitFor();
  const first = (await log.locator('.event').first().textContent()) ?? '';
  return { heaps, shown, first, delays, answers };
}

async function pour(journal: Journal, count: number, perSecond: number | null, meanwhile: () => Promise<void>) {
  const batch = perSecond === null ? 1_000 : Math.max(1, Math.round((perSecond * BATCH_MS) / 1_000));
  const begun = performance.now();
  for (let sent = 0; sent < count; ) {
    const now = Date.now();
    const size = Math.min(batch, count - sent);
    const line = { type: 'message', text: `at ${now} ${'x'.repeat(100)}` } as const;
    await journal.write(
      Array.from({ length: size }, () => saw('a.1', line)),
      now,
    );
    sent += size;
    if (perSecond === null) continue;
    if (sent % (perSecond / 2) < size) void meanwhile();
    await delay(Math.max(0, (sent * 1_000) / perSecond - (performance.now() - begun)));
  }
}

/** Runs in the page: notes how old each line is when it is drawn. */
function watch(): void {
  const delays: number[] = [];
  (window as unknown as { delays: number[] }).delays = delays;
  let newest = 0;
  const look = () => {
    for (const [, at = ''] of (document.querySelector('.list')?.textContent ?? '').matchAll(/at (\d{13}) /g)) {
      if (Number(at) <= newest) continue;
      newest = Number(at);
      delays.push(Date.now() - newest);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}

async function answerTime(page: Page, answers: number[]): Promise<void> {
  answers.push(
    await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const begun = performance.now();
          const box = document.querySelector<HTMLInputElement>('input[type=checkbox]');
          box?.click();
          box?.click();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
        }),
    ),
  );
}

async function heapOf(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}
