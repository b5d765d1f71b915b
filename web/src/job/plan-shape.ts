import type { Session, Work } from '../../../src/domain/session.ts';

/** Where an assignment stands in the picture of the plan: its column and its place in it, from 0. */
export interface Place {
  readonly work: Work;
  readonly column: number;
  readonly row: number;
}

export interface Shape {
  readonly places: readonly Place[];
  readonly edges: readonly { readonly from: Place; readonly to: Place }[];
  readonly columns: number;
  readonly rows: number;
}

/** The plan as a picture: what depends on nothing stands first, everything else behind all it depends on. */
export function shapeOf({ works }: Session): Shape {
  const columnOf = new Map<string, number>();
  const column = (id: string, seen: ReadonlySet<string>): number => {
    const known = columnOf.get(id);
    if (known !== undefined) return known;
    const needs = works.get(id)?.assignment.depends_on ?? [];
    const inner = new Set(seen).add(id);
    const before = needs.filter((one) => works.has(one) && !inner.has(one)).map((one) => column(one, inner));
    const found = before.length === 0 ? 0 : Math.max(...before) + 1;
    columnOf.set(id, found);
    return found;
  };
  const heights = new Map<number, number>();
  const places = [...works.values()].map((work): Place => {
    const at = column(work.assignment.id, new Set());
    const row = heights.get(at) ?? 0;
    heights.set(at, row + 1);
    return { work, column: at, row };
  });
  const byId = new Map(places.map((place) => [place.work.assignment.id, place]));
  const edges = places.flatMap((to) =>
    to.work.assignment.depends_on.flatMap((id) => {
      const from = byId.get(id);
      return from ? [{ from, to }] : [];
    }),
  );
  return { places, edges, columns: heights.size, rows: Math.max(0, ...heights.values()) };
}
