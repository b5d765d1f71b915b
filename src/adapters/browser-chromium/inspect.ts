import type { Page } from 'playwright-core';
import * as script from './in-page.ts';

/** Links asked at most, and how long each may take. Milliseconds. */
const MOST_LINKS = 30;
const LINK_MS = 5_000;

/** Links of the page's own host that answer with an error. `allowed` says whether an address may be asked for at all. */
export async function brokenLinks(page: Page, allowed: (url: string) => Promise<boolean>): Promise<string[]> {
  const host = new URL(page.url()).host;
  const links = await page.evaluate<string[]>(script.links);
  const own = [...new Set(links.map((link) => link.split('#')[0] ?? ''))].filter(
    (link) => URL.canParse(link) && new URL(link).host === host,
  );
  const broken: string[] = [];
  for (const link of own.slice(0, MOST_LINKS)) {
    if (!(await allowed(link))) continue;
    const answer = await page.request.head(link, { timeout: LINK_MS, maxRedirects: 0 }).catch(() => null);
    if (!answer) broken.push(`${link}: no answer`);
    else if (answer.status() >= 400 && answer.status() !== 405) broken.push(`${link}: ${answer.status()}`);
  }
  return broken;
}
