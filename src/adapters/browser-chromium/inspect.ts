import type { Page } from 'playwright-core';
import * as script from './in-page.ts';

/** Links asked at most, so many at a time, and how long each may take. Milliseconds. */
const MOST_LINKS = 30;
const LINKS_AT_ONCE = 10;
const LINK_MS = 5_000;

/** Links of the page's own host that answer with an error. `allowed` says whether an address may be asked for at all. */
export async function brokenLinks(page: Page, allowed: (url: string) => Promise<boolean>): Promise<string[]> {
  const host = new URL(page.url()).host;
  const links = await page.evaluate<string[]>(script.links);
  const own = [...new Set(links.map((link) => link.split('#')[0] ?? ''))].filter(
    (link) => URL.canParse(link) && new URL(link).host === host,
  );
  const broken: string[] = [];
  for (let first = 0; first < Math.min(own.length, MOST_LINKS); first += LINKS_AT_ONCE) {
    const some = own.slice(first, Math.min(first + LINKS_AT_ONCE, MOST_LINKS));
    const faults = await Promise.all(some.map(async (link) => ((await allowed(link)) ? faultOf(page, link) : null)));
    broken.push(...faults.filter((fault) => fault !== null));
  }
  return broken;
}

/** What is wrong with a link, in words; null when nothing is. */
async function faultOf(page: Page, link: string): Promise<string | null> {
  const answer = await page.request.head(link, { timeout: LINK_MS, maxRedirects: 0 }).catch(() => null);
  if (!answer) return `${link}: no answer`;
  return answer.status() >= 400 && answer.status() !== 405 ? `${link}: ${answer.status()}` : null;
}
