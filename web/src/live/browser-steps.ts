import type { Event } from '../../../src/domain/event.ts';

/** Something a browser agent did, with the name of the picture of the page after it. */
export interface BrowserStep {
  readonly at: number;
  readonly agent: string;
  /** One line: the action, and why. */
  readonly did: string;
  readonly url: string;
  /** Null where there is none. */
  readonly picture: string | null;
}

/** Steps that are kept; beyond them the oldest go. */
const KEPT = 500;

/** What browser agents of the job did, in order. */
export class BrowserSteps {
  readonly all: BrowserStep[] = [];

  take(event: Event, at: number): void {
    if (event.type !== 'agent' || event.seen.type !== 'reported') return;
    const { text, data } = event.seen;
    if (typeof data !== 'object' || data === null || !('picture' in data) || !('url' in data)) return;
    const { picture, url } = data;
    const isPicture = typeof picture === 'string' && /^[0-9a-f]{64}$/.test(picture);
    this.all.push({
      at,
      agent: event.agent,
      did: text,
      url: String(url),
      picture: isPicture ? picture : null,
    });
    if (this.all.length > KEPT) this.all.splice(0, KEPT / 10);
  }
}
