import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** A place on the page, in pixels of the viewport. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Button = 'left' | 'middle' | 'right';
export type Direction = 'up' | 'down' | 'left' | 'right';

/** What a model wants done in the browser, in one vocabulary for all models. */
export type BrowserAction =
  | { readonly kind: 'look' }
  | { readonly kind: 'navigate'; readonly url: string }
  | { readonly kind: 'search' }
  | { readonly kind: 'back' }
  | { readonly kind: 'forward' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'click'; readonly at: Point; readonly button: Button; readonly count: 1 | 2 | 3 }
  | { readonly kind: 'button'; readonly at: Point; readonly down: boolean }
  | { readonly kind: 'move'; readonly at: Point }
  | {
      readonly kind: 'type';
      /** Where to click first; null for where the focus is. */
      readonly at: Point | null;
      readonly text: string;
      readonly clear: boolean;
      readonly enter: boolean;
    }
  | { readonly kind: 'keys'; readonly keys: readonly string[]; readonly press: 'press' | 'down' | 'up' }
  | { readonly kind: 'scroll'; readonly at: Point | null; readonly direction: Direction; readonly pixels: number }
  | { readonly kind: 'drag'; readonly from: Point; readonly to: Point };

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** Longest a model may have the browser wait. Milliseconds. */
const MAX_WAIT_MS = 30_000;

const grid = z.number().min(0).max(1_000);
const place = { x: grid, y: grid };
const direction = z.enum(['up', 'down', 'left', 'right']);
const flag = (usual: boolean) =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).default(usual);

/** Pixels of a point on the models' grid of 0 to 999. Source: facts on Computer Use (C2). */
function pixels({ x, y }: { readonly x: number; readonly y: number }, { width, height }: Viewport): Point {
  const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, Math.round((value / 1_000) * size)));
  return { x: inside(x, width), y: inside(y, height) };
}

type Reader = (args: unknown, viewport: Viewport) => BrowserAction;

/** A reader of one function: its arguments by schema, then the action. */
function reader<T extends z.ZodType>(schema: T, act: (args: z.infer<T>, viewport: Viewport) => BrowserAction): Reader {
  return (args, viewport) => act(schema.parse(args), viewport);
}

const click = (button: Button, count: 1 | 2 | 3) =>
  reader(z.looseObject(place), (args, viewport) => ({ kind: 'click', at: pixels(args, viewport), button, count }));
const plain = (action: BrowserAction) => reader(z.looseObject({}), () => action);
const press = (how: 'press' | 'down' | 'up') =>
  reader(z.looseObject({ key: z.string().min(1).max(100) }), ({ key }) => ({
    kind: 'keys',
    keys: [key],
    press: how,
  }));
const mouse = (down: boolean) =>
  reader(z.looseObject(place), (args, viewport) => ({ kind: 'button', at: pixels(args, viewport), down }));
const move = reader(z.looseObject(place), (args, viewport) => ({ kind: 'move', at: pixels(args, viewport) }));

/** Both vocabularies: that of Gemini 3.5 and the one of the 2.5 preview. Source: facts on Computer Use (C2). */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['click', click('left', 1)],
  ['double_click', click('left', 2)],
  ['triple_click', click('left', 3)],
  ['middle_click', click('middle', 1)],
  ['right_click', click('right', 1)],
  ['mouse_down', mouse(true)],
  ['mouse_up', mouse(false)],
  ['move', move],
  [
    'type',
    reader(z.looseObject({ text: z.string().max(20_000), press_enter: flag(false) }), (args) => ({
      kind: 'type',
      at: null,
      text: args.text,
      clear: false,
      enter: args.press_enter,
    })),
  ],
  [
    'scroll',
    reader(
      z.looseObject({ ...place, direction, magnitude_in_pixels: z.number().min(0).max(20_000).default(300) }),
      (args, viewport) => ({
        kind: 'scroll',
        at: pixels(args, viewport),
        direction: args.direction,
        pixels: args.magnitude_in_pixels,
      }),
    ),
  ],
  [
    'wait',
    reader(z.looseObject({ seconds: z.number().min(0).default(1) }), ({ seconds }) => ({
      kind: 'wait',
      ms: Math.min(MAX_WAIT_MS, seconds * 1_000),
    })),
  ],
  ['press_key', press('press')],
  ['key_down', press('down')],
  ['key_up', press('up')],
  [
    'hotkey',
    reader(z.looseObject({ keys: z.array(z.string().min(1).max(50)).min(1).max(6) }), ({ keys }) => ({
      kind: 'keys',
      keys,
      press: 'press',
    })),
  ],
  ['take_screenshot', plain({ kind: 'look' })],
  ['navigate', reader(z.looseObject({ url: z.string().min(1).max(4_096) }), ({ url }) => ({ kind: 'navigate', url }))],
  ['go_back', plain({ kind: 'back' })],
  ['go_forward', plain({ kind: 'forward' })],
  ['open_web_browser', plain({ kind: 'look' })],
  ['wait_5_seconds', plain({ kind: 'wait', ms: 5_000 })],
  ['search', plain({ kind: 'search' })],
  ['click_at', click('left', 1)],
  ['hover_at', move],
  [
    'type_text_at',
    reader(
      z.looseObject({
        ...place,
        text: z.string().max(20_000),
        press_enter: flag(true),
        clear_before_typing: flag(true),
      }),
      (args, viewport) => ({
        kind: 'type',
        at: pixels(args, viewport),
        text: args.text,
        clear: args.clear_before_typing,
        enter: args.press_enter,
      }),
    ),
  ],
  [
    'key_combination',
    reader(z.looseObject({ keys: z.string().min(1).max(200) }), ({ keys }) => ({
      kind: 'keys',
      keys: keys.split('+'),
      press: 'press',
    })),
  ],
  [
    'scroll_document',
    reader(z.looseObject({ direction }), (args, { height }) => ({
      kind: 'scroll',
      at: null,
      direction: args.direction,
      pixels: Math.round(height * 0.8),
    })),
  ],
  [
    'scroll_at',
    reader(
      z.looseObject({ ...place, direction, magnitude: z.number().min(0).max(1_000).default(800) }),
      (args, viewport) => {
        const size = args.direction === 'up' || args.direction === 'down' ? viewport.height : viewport.width;
        const amount = Math.round((args.magnitude / 1_000) * size);
        return { kind: 'scroll', at: pixels(args, viewport), direction: args.direction, pixels: amount };
      },
    ),
  ],
]);

const dragNew = z.looseObject({ start_x: grid, start_y: grid, end_x: grid, end_y: grid });
const dragOld = z.looseObject({ ...place, destination_x: grid, destination_y: grid });

/**
 * The action a model's function call asks for, in either vocabulary. Refuses (`unknown_action`, `bad_arguments`) with a
 * sentence the model can act on.
 */
export function readAction(name: string, args: unknown, viewport: Viewport): Result<BrowserAction> {
  if (name === 'drag_and_drop') return readDrag(args, viewport);
  const read = readers.get(name);
  if (!read) return refuse('unknown_action', `there is no function "${name.slice(0, 100)}"`);
  try {
    return ok(read(args, viewport));
  } catch (error) {
    return refuse('bad_arguments', `${name}: ${sentenceOf(error)}`);
  }
}

function readDrag(args: unknown, viewport: Viewport): Result<BrowserAction> {
  const current = dragNew.safeParse(args);
  if (current.success) {
    const { start_x, start_y, end_x, end_y } = current.data;
    const from = pixels({ x: start_x, y: start_y }, viewport);
    return ok({ kind: 'drag', from, to: pixels({ x: end_x, y: end_y }, viewport) });
  }
  const old = dragOld.safeParse(args);
  if (!old.success) return refuse('bad_arguments', `drag_and_drop: ${sentenceOf(current.error)}`);
  const { destination_x, destination_y } = old.data;
  const to = pixels({ x: destination_x, y: destination_y }, viewport);
  return ok({ kind: 'drag', from: pixels(old.data, viewport), to });
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return String(error);
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'arguments'}: ${issue?.message ?? 'not valid'}`;
}

/** One line for people. */
export function describeAction(action: BrowserAction): string {
  const at = ({ x, y }: Point) => `${x},${y}`;
  switch (action.kind) {
    case 'look':
      return 'looks at the page';
    case 'navigate':
      return `opens ${action.url}`;
    case 'search':
      return 'opens a search page';
    case 'back':
      return 'goes back';
    case 'forward':
      return 'goes forward';
    case 'wait':
      return `waits ${action.ms} ms`;
    case 'click':
      return `${['clicks', 'double-clicks', 'triple-clicks'][action.count - 1]} at ${at(action.at)}`;
    case 'button':
      return `${action.down ? 'presses' : 'lets go of'} the mouse button at ${at(action.at)}`;
    case 'move':
      return `points at ${at(action.at)}`;
    case 'type':
      return `types ${action.text.length} character(s)${action.at ? ` at ${at(action.at)}` : ''}`;
    case 'keys':
      return `keys ${action.keys.join('+')}`;
    case 'scroll':
      return `scrolls ${action.direction}`;
    case 'drag':
      return `drags from ${at(action.from)} to ${at(action.to)}`;
  }
}
