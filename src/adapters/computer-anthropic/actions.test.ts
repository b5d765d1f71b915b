import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeAction, readAction } from '../../domain/browser/action.ts';
import { callsOf } from './actions.ts';

const screen = { width: 1_280, height: 800 };
const read = (input: unknown) =>
  callsOf(input, screen, [7, 8]).calls.map(({ name, args }) => {
    const one = readAction(name, args, screen);
    return one.ok ? one.value : one.error.message;
  });
const coordinate = [701, 799];
const at = { x: 701, y: 799 };
const here = { x: 7, y: 8 };

test.each([
  [{ action: 'left_click', coordinate }, [{ kind: 'click', at, button: 'left', count: 1 }]],
  [{ action: 'left_click' }, [{ kind: 'click', at: here }]],
  [{ action: 'right_click', coordinate }, [{ kind: 'click', at, button: 'right' }]],
  [{ action: 'middle_click', coordinate }, [{ kind: 'click', at, button: 'middle' }]],
  [{ action: 'double_click', coordinate }, [{ kind: 'click', at, count: 2 }]],
  [{ action: 'triple_click', coordinate }, [{ kind: 'click', at, count: 3 }]],
  [
    { action: 'left_click', coordinate, text: 'ctrl+shift' },
    [
      { keys: ['ctrl'], press: 'down' },
      { keys: ['shift'], press: 'down' },
      { kind: 'click', at },
      { keys: ['shift'], press: 'up' },
      { keys: ['ctrl'], press: 'up' },
    ],
  ],
  [{ action: 'mouse_move', coordinate }, [{ kind: 'move', at }]],
  [{ action: 'left_mouse_down' }, [{ kind: 'button', at: here, down: true }]],
  [{ action: 'left_mouse_up', coordinate }, [{ kind: 'button', at, down: false }]],
  [{ action: 'left_click_drag', start_coordinate: [1, 2], coordinate }, [{ from: { x: 1, y: 2 }, to: at }]],
  [{ action: 'left_click_drag', coordinate }, [{ kind: 'drag', from: here, to: at }]],
  [{ action: 'key', text: 'ctrl+a' }, [{ kind: 'keys', keys: ['ctrl', 'a'], press: 'press' }]],
  [{ action: 'key', text: 'ctrl++' }, [{ kind: 'keys', keys: ['ctrl', '+'] }]],
  [{ action: 'key', text: 'Down Return' }, [{ keys: ['Down'] }, { keys: ['Return'] }]],
  [{ action: 'key', text: 'Down', repeat: 3 }, [{ keys: ['Down'] }, { keys: ['Down'] }, { keys: ['Down'] }]],
  [{ action: 'hold_key', text: 'a', duration: 2 }, [{ press: 'down' }, { kind: 'wait', ms: 2_000 }, { press: 'up' }]],
  [{ action: 'type', text: 'Ada\n' }, [{ kind: 'type', text: 'Ada', enter: true, at: null }]],
  [{ action: 'wait', duration: 0.5 }, [{ kind: 'wait', ms: 500 }]],
  [{ action: 'screenshot' }, [{ kind: 'look' }]],
  [
    { action: 'scroll', coordinate, scroll_direction: 'left', scroll_amount: 4 },
    [{ kind: 'scroll', at, direction: 'left', pixels: 400 }],
  ],
  [{ action: 'scroll', scroll_direction: 'up', scroll_amount: 1 }, [{ at: here, direction: 'up', pixels: 100 }]],
])('%j is what the browser does', (input, expected) => {
  expect(read(input)).toMatchObject(expected);
  expect(read(input)).toHaveLength(expected.length);
});

test.each([
  [{ action: 'left_click', coordinate: [5_000, 1] }, 'click: x:'],
  [{ action: 'scroll', scroll_direction: 'inwards' }, 'scroll: direction'],
  [{ action: 'key' }, 'hotkey: keys'],
  [{ action: 'zoom', region: [0, 0, 1, 1] }, 'there is no function "zoom"'],
  [{}, 'there is no function "unknown"'],
])('%j is refused in words', (input, words) => {
  expect(read(input)).toEqual([expect.stringContaining(words)]);
});

test('the pointer stays where it was last', () => {
  expect(callsOf({ action: 'mouse_move', coordinate: [3, 4] }, screen, [7, 8]).pointer).toEqual([3, 4]);
  expect(callsOf({ action: 'type', text: 'a' }, screen, [7, 8]).pointer).toEqual([7, 8]);
});

test('whatever a model asks for is something the browser does, or a refusal in words', () => {
  const names = ['left_click', 'left_click_drag', 'scroll', 'key', 'hold_key', 'type', 'wait', '__proto__'];
  const any = fc.anything();
  const known = { action: fc.constantFrom(...names), coordinate: any, text: any, duration: any, scroll_direction: any };
  fc.assert(
    fc.property(fc.oneof(any, fc.record(known)), (input) => {
      const all = read(input);
      expect(all.length).toBeGreaterThan(0);
      for (const each of all) expect(typeof each === 'string' ? each : describeAction(each)).not.toBe('');
    }),
  );
});
