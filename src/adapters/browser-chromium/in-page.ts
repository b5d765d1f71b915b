// Expressions evaluated inside a page: plain JavaScript of the browser, which our own types do not cover.

/** Status and time of the last navigation, or null. */
export const timing = `(() => {
  const [entry] = performance.getEntriesByType('navigation');
  return entry ? { status: entry.responseStatus ?? null, load_ms: Math.round(entry.duration) } : null;
})()`;

/** Addresses of all links. */
export const links = `[...document.querySelectorAll('a[href]')].map((a) => a.href)`;

/** The plainest hindrances for people who cannot see or use a mouse; each in words. */
export const hindrances = `(() => {
  const found = [];
  const count = (selector, isFault) => [...document.querySelectorAll(selector)].filter(isFault).length;
  const add = (n, what) => { if (n > 0) found.push(n + ' ' + what); };
  const named = ['aria-label', 'aria-labelledby', 'title', 'value'];
  const hasName = (element) =>
    (element.textContent ?? '').trim() !== '' ||
    named.some((name) => (element.getAttribute(name) ?? '').trim() !== '') ||
    element.querySelector('img[alt]:not([alt=""])') !== null;
  const isLabelled = (element) =>
    hasName(element) || (element.labels?.length ?? 0) > 0 || element.hasAttribute('placeholder');
  if (!document.documentElement.lang) found.push('the page names no language');
  if (document.title.trim() === '') found.push('the page has no title');
  add(count('img:not([alt])', () => true), 'picture(s) without a text');
  add(count('button, a[href]', (element) => !hasName(element)), 'button(s) or link(s) without a name');
  const fields = 'input:not([type=hidden]):not([type=submit]):not([type=button]), select, textarea';
  add(count(fields, (element) => !isLabelled(element)), 'field(s) without a label');
  return found;
})()`;
