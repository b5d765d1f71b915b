import { useMemo } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { cut, visible } from '../../../src/kit/display.ts';
import type { AgentView } from '../../../src/wire/job-view.ts';
import { type Place, shapeOf } from './plan-shape.ts';

const WIDTH = 280;
const HEIGHT = 56;
const GAP = 48;

/** The plan: who does what, and what waits for what. */
export function PlanGraph(props: { readonly session: Session; readonly views: readonly AgentView[] }) {
  const { session, views } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the works make the shape
  const shape = useMemo(() => shapeOf(session), [session.works]);
  if (shape.places.length === 0) return <p className="none">The work is not divided yet.</p>;
  const stateOf = new Map(views.filter(({ role }) => role !== 'reviewer').map((view) => [view.assignment, view.state]));
  const width = shape.columns * (WIDTH + GAP) - GAP;
  const height = shape.rows * (HEIGHT + GAP / 2) - GAP / 2;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <figure className="scroll" aria-label="Plan" tabIndex={0}>
      <svg
        className="plan"
        viewBox={`-2 -2 ${width + 4} ${height + 4}`}
        width={width + 4}
        height={height + 4}
        aria-hidden="true"
      >
        {shape.edges.map(({ from, to }) => (
          <path key={`${from.work.assignment.id}>${to.work.assignment.id}`} className="edge" d={curve(from, to)} />
        ))}
        {shape.places.map((place) => (
          <Node
            key={place.work.assignment.id}
            place={place}
            state={stateOf.get(place.work.assignment.id) ?? 'waiting'}
          />
        ))}
      </svg>
      <ol className="unseen">
        {shape.places.map(({ work: { assignment } }) => (
          <li key={assignment.id}>
            {assignment.agent}: {visible(assignment.title)}, {stateOf.get(assignment.id) ?? 'waiting'}
            {assignment.depends_on.length > 0 ? `, after ${assignment.depends_on.join(' and ')}` : ''}
          </li>
        ))}
      </ol>
    </figure>
  );
}

function Node({ place, state }: { readonly place: Place; readonly state: AgentView['state'] }) {
  const { assignment } = place.work;
  const [x, y] = corner(place);
  return (
    <g className={`node node-${state}`} transform={`translate(${x} ${y})`}>
      <title>{visible(`${assignment.title}: ${assignment.responsibilities.join('; ')}`)}</title>
      <rect width={WIDTH} height={HEIGHT} rx={8} />
      <text x={12} y={23} className="node-who">
        {short(`${assignment.agent} · ${assignment.role}`)}
      </text>
      <text x={12} y={42}>
        {short(`${state} · ${assignment.title}`)}
      </text>
    </g>
  );
}

function corner({ column, row }: Place): readonly [number, number] {
  return [column * (WIDTH + GAP), row * (HEIGHT + GAP / 2)];
}

function curve(from: Place, to: Place): string {
  const [x1, y1] = corner(from);
  const [x2, y2] = corner(to);
  const [ax, ay, bx, by] = [x1 + WIDTH, y1 + HEIGHT / 2, x2, y2 + HEIGHT / 2];
  return `M${ax} ${ay}C${ax + GAP / 2} ${ay} ${bx - GAP / 2} ${by} ${bx} ${by}`;
}

function short(text: string): string {
  return cut(visible(text), 32);
}
