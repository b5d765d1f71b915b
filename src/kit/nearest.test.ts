import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const words = ['up', 'run', 'status', 'events', 'diff', 'apply', 'stop', 'doctor', 'simulate', 'demo'];

test.each([
  ['rnu', 'run'],
  ['stauts', 'status'],
  ['aply', 'apply'],
  ['docter', 'doctor'],
  ['stpo', 'stop'],
  ['event', 'events'],
  ['xyz', null],
  ['deploy', null],
  ['', null],
])('%s means %s', (given, meant) => {
  expect(nearest(given, words)).toBe(meant);
});
