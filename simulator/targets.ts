/**
 * A simulated model that uses a browser cannot see. A page made for it writes where its elements are into its own
 * address, which every request tells: `#elements=` and JSON of names with places on the grid of 0 to 999.
 */
const mark = '#elements=';

/** The input of a tool with `target`, the name of an element, replaced by its place; unchanged where none is named. */
export function aimed(input: unknown, body: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('target' in input)) return input;
  const { target, ...rest } = input;
  const place = placesIn(body)[String(target)];
  return place ? { ...rest, x: place[0], y: place[1] } : { ...rest, x: 0, y: 0 };
}

function placesIn(body: unknown): Readonly<Record<string, readonly [number, number]>> {
  const text = JSON.stringify(body ?? {});
  const at = text.lastIndexOf(mark);
  if (at === -1) return {};
  const encoded = /^[\w.!~*'()%-]*%7D/.exec(text.slice(at + mark.length))?.[0] ?? '';
  try {
    return JSON.parse(decodeURIComponent(encoded)) as Readonly<Record<string, readonly [number, number]>>;
  } catch {
    return {};
  }
}
