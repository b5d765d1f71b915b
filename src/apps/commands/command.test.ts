import { expect, test } from 'vitest';
import { type Command, numberFlag, readCall, usesColours } from './command.ts';

const command: Command = {
  name: 'do',
  summary: '',
  usage: 'do THING',
  words: [1, 1],
  flags: {
    port: { type: 'string', short: 'p', value: 'N', help: '' },
    reason: { type: 'string', help: '' },
    json: { type: 'boolean', help: '' },
  },
  run: async () => 0,
};

test.each([
  [['x'], {}, ['x']],
  [['x', '--port', '1', '--json'], { port: '1', json: true }, ['x']],
  [['x', '-p', '-3'], { port: '-3' }, ['x']],
  [['--reason=--odd', 'x'], { reason: '--odd' }, ['x']],
  [['--reason', '-- as said --', 'x'], { reason: '-- as said --' }, ['x']],
  [['--', '--json'], {}, ['--json']],
  [['-'], {}, ['-']],
  [['--help', 'too', 'many'], { help: true }, ['too', 'many']],
])('%j is read', (args, flags, words) => {
  expect(readCall(command, args)).toEqual({ ok: true, value: { flags, words } });
});

test.each([
  [['x', '--constructor'], /no option --constructor/],
  [['x', '-z'], /no option -z/],
  [['x', '--port', '1', '--port', '2'], /--port is given twice, "1" and "2": give it once/],
  [['x', '--prot', '1'], /did you mean --port\?/],
  [['x', '--port', '--json'], /--port needs a value: --port N/],
  [['x', '--reason', ''], /--reason needs a value/],
  [['x', '--json=1'], /--json takes no value/],
  [[], /usage: tutti do THING/],
])('%j is refused', (args, says) => {
  expect(readCall(command, args)).toMatchObject({ ok: false, error: { message: expect.stringMatching(says) } });
});

test.each(['', ' ', 'x', '1e9', '-1', 'Infinity', '0x', 'NaN'])('%j is no number within its bounds', (given) => {
  expect(numberFlag({ n: given }, 'n', 0, 65_535).ok).toBe(false);
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
])('colours on a terminal (%s) with %j: %s', (isTTY, env, expected) => {
  expect(usesColours({ out: { isTTY } as NodeJS.WriteStream, env })).toBe(expected);
});
