import type { Viewport } from './action.ts';

/** A function `readAction` reads, with its arguments. */
export interface Call {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Most `readAction` takes of a scroll. Pixels. */
const SCROLL_MAX = 20_000;

/** A place a model names in pixels of its picture, on the grid. What is no number stays none: the reader refuses it in words. */
export function placed(x: unknown, y: unknown, { width, height }: Viewport): Call['args'] {
  return { x: onGrid(x, width), y: onGrid(y, height) };
}

/** A drag between two places in pixels. */
export function dragged(from: Call['args'], to: Call['args']): Call {
  return { name: 'drag_and_drop', args: { start_x: from.x, start_y: from.y, end_x: to.x, end_y: to.y } };
}

function onGrid(value: unknown, size: number): unknown {
  return typeof value === 'number' ? (value / size) * 1_000 : undefined;
}

/** A scroll by pixels, down and to the right where they are positive. */
export function scrolled(at: Call['args'], right: number, down: number): readonly Call[] {
  const ways = [
    { direction: down < 0 ? 'up' : 'down', size: Math.abs(down) },
    { direction: right < 0 ? 'left' : 'right', size: Math.abs(right) },
  ];
  return ways
    .filter(({ size }, index) => size > 0 || (index === 0 && right === 0))
    .map(({ direction, size }) => ({
      name: 'scroll',
      args: { ...at, direction, magnitude_in_pixels: Math.min(SCROLL_MAX, size) },
    }));
}

/** Text as it is typed: a line break at its end is the Enter key. */
export function typed(text: unknown): Call {
  if (typeof text !== 'string') return { name: 'type', args: { text } };
  return { name: 'type', args: { text: text.replace(/\n$/, ''), press_enter: text.endsWith('\n') } };
}

/** The keys of a combination such as `ctrl+a` or `ctrl++`; none where it is no text. */
export function keysIn(combination: unknown): readonly string[] {
  return typeof combination === 'string' ? (combination.trim().match(/\+$|[^+]+/g) ?? []) : [];
}

/** Calls while keys are held down. */
export function holding(keys: readonly string[], calls: readonly Call[]): readonly Call[] {
  const each = (name: string) => (key: string) => ({ name, args: { key } });
  return [...keys.map(each('key_down')), ...calls, ...keys.toReversed().map(each('key_up'))];
}

/** What models whose only tool is a screen are told of it. */
export const screenHint = [
  'The screen is one page of a web browser that is already open: no address bar, no tabs and no desktop.',
  'Keys of the browser itself, such as ctrl+l or ctrl+t, are not available: call navigate or go_back to move between pages.',
  'After each call you get a picture of the page; only the last few stay in the conversation.',
].join('\n');

/** Functions such models get beside the screen, with their parameters as JSON Schema. */
export const pageFunctions = [
  {
    name: 'navigate',
    description: 'Opens an address in the page.',
    parameters: {
      type: 'object',
      properties: { url: { type: 'string', description: 'The whole address, such as https://example.org/' } },
      required: ['url'],
      additionalProperties: false,
    },
  },
  {
    name: 'go_back',
    description: 'Goes back to the page before this one.',
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  },
];
