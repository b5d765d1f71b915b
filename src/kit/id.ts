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
  const chance = [...random.subarray(0, 8)].map((byte) => alphabet[byte % 32]).join('');
  return digits(nowMs, 9) + chance;
}
