import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Base-32 digits, most significant first. */
function digits(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = (alphabet[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** An id that sorts by time: nine digits of the clock's milliseconds, then eight of chance (at least eight bytes given). */
export function sortableId(nowMs: number, random: Uint8Array): string {
  let text = digits(nowMs, 9);
  for (const byte of random.subarray(0, 8)) text += alphabet[byte % 32];
  return text;
}

const CHANCE = 8;
const pool = new Uint8Array(512 * CHANCE);
let drawn = pool.length;

/** An id of this moment. Chance is drawn from the system in portions: for each id alone it would cost more than the id. */
export function newSortableId(nowMs: number): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const random = pool.subarray(drawn, drawn + CHANCE);
  drawn += CHANCE;
  return sortableId(nowMs, random);
}
