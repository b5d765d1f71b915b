/** The value at or below which so many of a hundred lie; null of none. */
export function percentile(values: readonly number[], of: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((of / 100) * sorted.length) - 1)] ?? null;
}
