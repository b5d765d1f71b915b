import { expect, test } from 'vitest';
import { ManualClock } from '../../kit/clock.ts';
import { onInterrupt } from './interrupt.ts';

test('one Ctrl-C that arrives several times is one; a later one is another; after the watch none counts', () => {
  const clock = new ManualClock();
  const heard: string[] = [];
  const end = onInterrupt(
    clock,
    () => heard.push('first'),
    () => heard.push('again'),
  );
  process.emit('SIGINT', 'SIGINT');
  clock.advance(20);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGHUP', 'SIGHUP');
  expect(heard).toEqual(['first']);
  clock.advance(1_000);
  process.emit('SIGINT', 'SIGINT');
  expect(heard).toEqual(['first', 'again']);
  end();
  expect(process.listeners('SIGHUP')).toHaveLength(0);
});
