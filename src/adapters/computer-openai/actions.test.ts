import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeAction, readAction } from '../../domain/browser/action.ts';
import { callsOf } from './actions.ts';

const screen = { width: 1_440, height: 900 };
const read = (action: unknown) =>
  callsOf(action, screen).map(({ name, args }) => {
    const one = readAction(name, args, screen);
    return one.ok ? one.value : one.error.message;
  });
const at = { x: 701, y: 899 };

test.each([
  [{ type: 'click', button: 'left', ...at }, [{ kind: 'click', at, button: 'left', count: 1 }]],
  [{ type: 'click', button: 'right', ...at }, [{ kind: 'click', at, button: 'right' }]],
  [{ type: 'click', button: 'wheel', ...at }, [{ kind: 'click', at, button: 'middle' }]],
  [{ type: 'click', button: 'back', ...at }, [{ kind: 'back' }]],
  [{ type: 'click', button: 'forward', ...at }, [{ kind: 'forward' }]],
  [{ type: 'double_click', keys: null, ...at }, [{ kind: 'click', at, count: 2 }]],
  [{ type: 'move', ...at }, [{ kind: 'move', at }]],
  [{ type: 'drag', path: [{ x: 1, y: 2 }, { x: 5, y: 5 }, at] }, [{ kind: 'drag', from: { x: 1, y: 2 }, to: at }]],
  [{ type: 'keypress', keys: ['CTRL', 'A'] }, [{ kind: 'keys', keys: ['CTRL', 'A'], press: 'press' }]],
  [{ type: 'keypress', keys: ['ctrl+a'] }, [{ kind: 'keys', keys: ['ctrl', 'a'] }]],
  [{ type: 'type', text: 'Ada\n' }, [{ kind: 'type', text: 'Ada', enter: true, at: null }]],
  [{ type: 'type', text: 'a\nb' }, [{ kind: 'type', text: 'a\nb', enter: false }]],
  [{ type: 'wait' }, [{ kind: 'wait', ms: 2_000 }]],
  [{ type: 'screenshot' }, [{ kind: 'look' }]],
  [{ type: 'scroll', scroll_x: 0, scroll_y: -200, ...at }, [{ kind: 'scroll', at, direction: 'up', pixels: 200 }]],
  [
    { type: 'scroll', scroll_x: 30, scroll_y: 9e9, ...at },
    [
      { kind: 'scroll', direction: 'down', pixels: 20_000 },
      { kind: 'scroll', direction: 'right', pixels: 30 },
    ],
  ],
  [
    { type: 'click', button: 'left', keys: ['SHIFT'], ...at },
    [{ kind: 'keys', keys: ['SHIFT'], press: 'down' }, { kind: 'click' }, { kind: 'keys', press: 'up' }],
  ],
])('%j is what the browser does', (action, expected) => {
  expect(read(action)).toMatchObject(expected);
  expect(read(action)).toHaveLength(expected.length);
});

test.each([
  [{ type: 'click', button: 'left' }, 'click: x:'],
  [{ type: 'click', x: 5_000, y: 1 }, 'click: x:'],
  [{ type: 'drag', path: [] }, 'drag_and_drop: start_x'],
  [{ type: 'keypress', keys: [] }, 'hotkey: keys'],
  [{ type: 'reboot' }, 'there is no function "reboot"'],
])('%j is refused in words', (action, words) => {
  expect(read(action)).toEqual([expect.stringContaining(words)]);
});

test('whatever a model asks for is something the browser does, or a refusal in words', () => {
  const types = fc.constantFrom('click', 'drag', 'scroll', 'keypress', 'type', 'move', 'wait', '__proto__');
  const keys = fc.anything();
  const action = fc.oneof(fc.anything(), fc.record({ type: types, x: keys, y: keys, path: keys, keys, text: keys }));
  fc.assert(
    fc.property(action, (one) => {
      const all = read(one);
      expect(all.length).toBeGreaterThan(0);
      for (const each of all) expect(typeof each === 'string' ? each : describeAction(each)).not.toBe('');
    }),
  );
});
