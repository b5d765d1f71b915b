import uPlot from 'uplot';

/** A part of every bar. */
export interface Layer {
  readonly name: string;
  /** A colour of the page, such as `--good`. */
  readonly colour: string;
  readonly values: readonly number[];
}

export interface BarsData {
  readonly labels: readonly string[];
  /** From the ground up. */
  readonly layers: readonly Layer[];
  /** A value in words. */
  readonly format: (value: number) => string;
}

const HEIGHT = 220;
/** Room for the words of the left axis, and for those below each bar. Pixels. */
const LEFT = 76;
const LABEL = 56;

/**
 * Draws stacked bars.
 * @param look tells of the bar under the pointer; null for none
 */
export function drawBars(place: HTMLElement, { labels, layers, format }: BarsData, look: (bar: number | null) => void) {
  const text = colourIn(place, '--quiet');
  const grid = { stroke: colourIn(place, '--rule'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid };
  // The highest sum is drawn first, the lower ones over it.
  const drawn = layers.map(({ colour }, i) => ({ colour, sums: sumsTo(layers, i, labels.length) })).reverse();
  const bars = uPlot.paths.bars?.({ size: [0.7, 60] });
  const options: uPlot.Options = {
    width: Math.max(100, place.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: () => [-0.5, labels.length - 0.5] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, space: LABEL, incrs: [1, 2, 5, 7, 10, 14, 30], values: (_, at) => at.map((i) => labels[i] ?? '') },
      { ...axis, size: LEFT, values: (_, at) => at.map(format) },
    ],
    series: [
      {},
      ...drawn.map(({ colour }) => {
        const fill = colourIn(place, colour);
        return { fill, stroke: fill, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
      }),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => look(idx ?? null)] },
  };
  return new uPlot(options, [labels.map((_, i) => i), ...drawn.map(({ sums }) => sums)], place);
}

function sumsTo(layers: readonly Layer[], last: number, count: number): number[] {
  const below = layers.slice(0, last + 1);
  return Array.from({ length: count }, (_, i) => below.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
}

/** A canvas wants colours as they are, not by their names. */
function colourIn(place: HTMLElement, name: string): string {
  const before = place.style.color;
  place.style.color = `var(${name})`;
  const colour = getComputedStyle(place).color;
  place.style.color = before;
  return colour;
}
