/** What a browser can tell of a page without a model. Times in milliseconds. */
export interface Measured {
  readonly url: string;
  readonly status: number | null;
  readonly load_ms: number | null;
  readonly console_errors: readonly string[];
  readonly failed_requests: readonly string[];
  readonly broken_links: readonly string[];
  readonly accessibility: readonly string[];
}

/** One finding of a page, in words; empty when nothing is wrong. */
export function findingsIn(measured: Measured): readonly string[] {
  const { status, load_ms, console_errors, failed_requests, broken_links, accessibility } = measured;
  return [
    ...(status !== null && status >= 400 ? [`the page answers with status ${status}`] : []),
    ...(load_ms !== null && load_ms > 5_000 ? [`the page took ${(load_ms / 1_000).toFixed(1)} s to load`] : []),
    ...console_errors.map((text) => `console error: ${text}`),
    ...failed_requests.map((text) => `failed request: ${text}`),
    ...broken_links.map((text) => `broken link: ${text}`),
    ...accessibility.map((text) => `accessibility: ${text}`),
  ];
}
