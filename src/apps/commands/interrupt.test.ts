import { expect, test } from 'vitest';
import { ManualClock } from '../../kit/clock.ts';
import { onInterrupt } from './interrupt.ts';

function watch() {
  const clock = new ManualClock();
  const heard: string[] = [];
  const end = onInterrupt(
    clock,
    () => heard.push('first'),
    () => heard.push('again'),
  );
  return { clock, heard, [Symbol.dispose]: end };
}

test.each(['SIGINT', 'SIGHUP'] as const)(
  'one %s that arrives several times is one, a later one is another',
  (signal) => {
    using watched = watch();
    process.emit(signal, signal);
    watched.clock.advance(20);
    process.emit(signal, signal);
    process.emit(signal, signal);
    expect(watched.heard).toEqual(['first']);
    watched.clock.advance(1_000);
    process.emit(signal, signal);
    expect(watched.heard).toEqual(['first', 'again']);
  },
);

test('another signal, and a SIGTERM said twice, are meant', () => {
  using watched = watch();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  expect(watched.heard).toEqual(['first', 'again']);
  using other = watch();
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGTERM', 'SIGTERM');
  expect(other.heard).toEqual(['first', 'again']);
});
