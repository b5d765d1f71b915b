import { z } from 'zod';
import type { Viewport } from '../../domain/browser/action.ts';
import { type Call, dragged, holding, keysIn, placed, scrolled, typed } from '../../domain/browser/pixels.ts';

/** Where the pointer is, in pixels: actions that name no place are meant there. */
export type Pointer = readonly [number, number];

const pointer = z.tuple([z.number(), z.number()]);
const shape = z.looseObject({
  action: z.string().catch('unknown'),
  coordinate: pointer.optional().catch(undefined),
  start_coordinate: pointer.optional().catch(undefined),
  repeat: z.number().int().min(1).max(100).catch(1),
});

/** One step of the wheel. Pixels. */
const STEP = 100;

const clicks: ReadonlyMap<string, string> = new Map([
  ['left_click', 'click'],
  ['right_click', 'right_click'],
  ['middle_click', 'middle_click'],
  ['double_click', 'double_click'],
  ['triple_click', 'triple_click'],
]);

/**
 * What an action of Anthropic's computer tool asks of the browser, and where the pointer is after it. An unknown one
 * keeps its name, and is refused by it.
 */
export function callsOf(
  input: unknown,
  screen: Viewport,
  pointer: Pointer,
): { readonly calls: readonly Call[]; readonly pointer: Pointer } {
  const read = shape.safeParse(input);
  if (!read.success) return { calls: [{ name: 'unknown', args: {} }], pointer };
  const { coordinate = pointer, start_coordinate = pointer, ...rest } = read.data;
  const at = placed(...coordinate, screen);
  if (rest.action === 'left_click_drag')
    return { calls: [dragged(placed(...start_coordinate, screen), at)], pointer: coordinate };
  return { calls: callsAt(at, rest), pointer: coordinate };
}

type Rest = { readonly action: string; readonly repeat: number; readonly [key: string]: unknown };

function callsAt(at: Call['args'], { action, repeat, text, duration, ...rest }: Rest): readonly Call[] {
  const click = clicks.get(action);
  if (click !== undefined) return holding(keysIn(text), [{ name: click, args: at }]);
  switch (action) {
    case 'key':
      return Array.from({ length: repeat }, () => pressed(text)).flat();
    case 'hold_key':
      return holding(keysIn(text), [{ name: 'wait', args: { seconds: duration } }]);
    case 'type':
      return [typed(text)];
    case 'mouse_move':
      return [{ name: 'move', args: at }];
    case 'left_mouse_down':
      return [{ name: 'mouse_down', args: at }];
    case 'left_mouse_up':
      return [{ name: 'mouse_up', args: at }];
    case 'scroll':
      return holding(keysIn(text), scrollsOf(at, rest.scroll_direction, rest.scroll_amount));
    case 'wait':
      return [{ name: 'wait', args: { seconds: duration } }];
    case 'screenshot':
      return [{ name: 'take_screenshot', args: {} }];
    default:
      return [{ name: action, args: rest }];
  }
}

/** Combinations of keys one after the other, as `xdotool key` takes them. */
function pressed(text: unknown): readonly Call[] {
  if (typeof text !== 'string') return [{ name: 'hotkey', args: {} }];
  return text
    .trim()
    .split(/\s+/)
    .map((combination) => ({ name: 'hotkey', args: { keys: keysIn(combination) } }));
}

function scrollsOf(at: Call['args'], direction: unknown, amount: unknown): readonly Call[] {
  const size = (typeof amount === 'number' ? amount : 3) * STEP;
  const ways: Readonly<Record<string, readonly [number, number]>> = {
    up: [0, -size],
    down: [0, size],
    left: [-size, 0],
    right: [size, 0],
  };
  const way = typeof direction === 'string' && Object.hasOwn(ways, direction) ? ways[direction] : undefined;
  return way ? scrolled(at, ...way) : [{ name: 'scroll', args: { ...at, direction } }];
}
