/** Values nested deeper than this are neither taken in nor stored: writing them down again would exhaust stack or store. */
export const DEPTH_MAX = 64;

/** Whether a value of JSON is nested deeper than `most` levels. */
export function isDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= most; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
