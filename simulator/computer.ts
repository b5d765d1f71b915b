import { z } from 'zod';
import type { PlainAction } from './match.ts';
import { aimed } from './targets.ts';

/**
 * A scenario names what is done in a browser as Gemini does, and places on the grid of 0 to 999; here it becomes what
 * the tools of models say that point in pixels of the picture they were shown. `computer` is said word for word.
 */
export interface Operation {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What a person is to confirm first; null for nothing. */
  readonly safety: string | null;
  /** False for what is a function beside the screen. */
  readonly onScreen: boolean;
}

/** Whether a tool of a request is a screen to act on. */
export function isScreen(type: string | undefined): boolean {
  return type === 'computer' || type === 'computer_use_preview' || (type?.startsWith('computer_20') ?? false);
}

const input = z.looseObject({ safety_decision: z.looseObject({ explanation: z.string() }).optional() }).catch({});
const onScreen: ReadonlySet<string> = new Set([
  'click',
  'double_click',
  'type',
  'press_key',
  'scroll',
  'wait',
  'take_screenshot',
  'computer',
]);

/** What an action of a scenario does in a browser; null for an action that is no tool. */
export function operationOf(action: PlainAction): Operation | null {
  if (!('tool' in action)) return null;
  const { safety_decision, intent: _, ...rest } = input.parse(action.input ?? {});
  const safety = safety_decision?.explanation ?? null;
  return { name: action.tool, input: rest, safety, onScreen: onScreen.has(action.tool) };
}

/** Actions of OpenAI's computer tool. */
export function openaiActions({ name, input }: Operation, body: unknown): readonly object[] {
  const { x, y } = pixels(input, body);
  switch (name) {
    case 'click':
      return [{ type: 'click', button: 'left', x, y }];
    case 'double_click':
      return [{ type: 'double_click', x, y, keys: null }];
    case 'type':
      return [
        { type: 'type', text: input.text },
        ...(input.press_enter ? [{ type: 'keypress', keys: ['ENTER'] }] : []),
      ];
    case 'press_key':
      return [{ type: 'keypress', keys: [input.key] }];
    case 'scroll':
      return [{ type: 'scroll', x, y, scroll_x: 0, scroll_y: input.magnitude_in_pixels ?? 300 }];
    case 'wait':
      return [{ type: 'wait' }];
    case 'take_screenshot':
      return [{ type: 'screenshot' }];
    default:
      return [input];
  }
}

/** Inputs of Anthropic's computer tool, one for each call. */
export function anthropicInputs({ name, input }: Operation, body: unknown): readonly object[] {
  const { x, y } = pixels(input, body);
  const coordinate = [x, y];
  switch (name) {
    case 'click':
      return [{ action: 'left_click', coordinate }];
    case 'double_click':
      return [{ action: 'double_click', coordinate }];
    case 'type':
      return [{ action: 'type', text: input.text }, ...(input.press_enter ? [{ action: 'key', text: 'Return' }] : [])];
    case 'press_key':
      return [{ action: 'key', text: input.key }];
    case 'scroll':
      return [{ action: 'scroll', coordinate, scroll_direction: 'down', scroll_amount: 3 }];
    case 'wait':
      return [{ action: 'wait', duration: input.seconds ?? 1 }];
    case 'take_screenshot':
      return [{ action: 'screenshot' }];
    default:
      return [input];
  }
}

const spot = z.looseObject({ x: z.number().catch(0), y: z.number().catch(0) });

function pixels(input: Operation['input'], body: unknown): { readonly x: number; readonly y: number } {
  const { x, y } = spot.parse(aimed(input, body));
  const { width, height } = screenIn(body);
  return { x: Math.round((x / 1_000) * width), y: Math.round((y / 1_000) * height) };
}

/** The size of the last picture of a request. */
function screenIn(body: unknown): { readonly width: number; readonly height: number } {
  const text = JSON.stringify(body ?? {});
  const at = text.lastIndexOf('iVBORw0KGgo');
  const head = Buffer.from(text.slice(at, at + 32), 'base64');
  if (at === -1 || head.length < 24) return { width: 1_000, height: 1_000 };
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}
