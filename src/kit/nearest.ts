/** The word that was probably meant: at most two slips away (one in short words); null when none is. */
export function nearest(given: string, words: Iterable<string>): string | null {
  const most = given.length < 4 ? 1 : 2;
  const close = [...words]
    .map((word) => ({ word, slips: slips(given, word) }))
    .filter((one) => one.slips <= most)
    .sort((a, b) => a.slips - b.slips);
  return close[0]?.word ?? null;
}

/** Letters to insert, remove, replace, or swap with their neighbour, to get from one word to the other. */
function slips(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, at(i - 2, j - 2) + 1);
      }
      row.push(least);
    }
  }
  return at(from.length, to.length);
}
