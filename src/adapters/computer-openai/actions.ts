import { z } from 'zod';
import type { Viewport } from '../../domain/browser/action.ts';
import { type Call, dragged, holding, keysIn, placed, scrolled, typed } from '../../domain/browser/pixels.ts';

const keys = z.array(z.string()).catch([]);
const shape = z.looseObject({
  type: z.string().catch('unknown'),
  path: z.array(z.looseObject({ x: z.unknown().optional(), y: z.unknown().optional() })).catch([]),
  keys,
});

/** An action without a time of its own waits so long. Seconds. */
const WAIT_S = 2;

/** What an action of OpenAI's computer tool asks of the browser; an unknown one keeps its name, and is refused by it. */
export function callsOf(action: unknown, screen: Viewport): readonly Call[] {
  const read = shape.safeParse(action);
  if (!read.success) return [{ name: 'unknown', args: {} }];
  const { type, path, keys, x, y, ...rest } = read.data;
  const at = placed(x, y, screen);
  switch (type) {
    case 'click':
      return holding(keys, [clicked(rest.button, at)]);
    case 'double_click':
      return holding(keys, [{ name: 'double_click', args: at }]);
    case 'move':
      return holding(keys, [{ name: 'move', args: at }]);
    case 'drag':
      return holding(keys, [dragOf(path, screen)]);
    case 'scroll':
      return holding(keys, scrolled(at, numberOf(rest.scroll_x), numberOf(rest.scroll_y)));
    case 'keypress':
      return [{ name: 'hotkey', args: { keys: keys.flatMap(keysIn) } }];
    case 'type':
      return [typed(rest.text)];
    case 'wait':
      return [{ name: 'wait', args: { seconds: WAIT_S } }];
    case 'screenshot':
      return [{ name: 'take_screenshot', args: {} }];
    default:
      return [{ name: type, args: rest }];
  }
}

function clicked(button: unknown, at: Call['args']): Call {
  switch (button) {
    case 'right':
      return { name: 'right_click', args: at };
    case 'wheel':
      return { name: 'middle_click', args: at };
    case 'back':
      return { name: 'go_back', args: {} };
    case 'forward':
      return { name: 'go_forward', args: {} };
    default:
      return { name: 'click', args: at };
  }
}

function dragOf(path: readonly { readonly x?: unknown; readonly y?: unknown }[], screen: Viewport): Call {
  const [first, last] = [path[0], path.at(-1)];
  return dragged(placed(first?.x, first?.y, screen), placed(last?.x, last?.y, screen));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
