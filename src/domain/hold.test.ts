import { describe, expect, test } from 'vitest';
import {
  alone,
  attempt,
  decided,
  deferred,
  delivered,
  ended,
  errands,
  escalation,
  held,
  looked,
  MINUTE,
  pair,
  replied,
  requested,
  type Story,
  stoppedBy,
  todo,
  told,
  wished,
} from './journal.fixture.ts';

const nothing = { facts: [], errands: [] };
const keys = (...story: Story) => errands(...story).map(({ key }) => key);
const pause = (agent?: string, park = false) => wished({ verb: 'pause', park, ...(agent ? { agent } : {}) }, 'p');
const resume = (agent?: string) => wished({ verb: 'resume', ...(agent ? { agent } : {}) }, 'r');
const midwork = requested('r1', 'a.1', { commit: 'snapshot' });

describe('a pause', () => {
  test('of the job makes all its runs stand still, and a resume lets them go on', () => {
    expect(errands(...pair, pause())).toMatchObject([
      { kind: 'hold', run: 'a.1', held: true, why: 'paused by me' },
      { kind: 'hold', run: 'b.1', held: true },
    ]);
    const still = [...pair, pause(), held('a.1'), held('b.1')];
    expect(todo(...still)).toMatchObject(nothing);
    expect(errands(...still, resume())).toMatchObject([
      { kind: 'hold', run: 'a.1', held: false },
      { kind: 'hold', run: 'b.1', held: false },
    ]);
    expect(todo(...still, resume(), held('a.1', false), held('b.1', false))).toMatchObject(nothing);
  });

  test('of one agent holds its runs alone, also those in which it reviews', () => {
    expect(keys(...pair, pause('codex'))).toEqual(['hold:b.1']);
    const reviewing = [...pair, midwork, looked('r1', 'gemini'), looked('r1', 'codex')];
    expect(keys(...reviewing, pause('gemini'))).toEqual(['hold:r1.gemini.1']);
    expect(keys(...pair, midwork, pause('gemini'))).toEqual(['run:r1.codex.1']);
  });

  test('begins nothing new', () => {
    expect(todo(...alone.slice(0, -1), pause('claude'))).toMatchObject(nothing);
    expect(keys(...alone.slice(0, -1), pause('claude'), resume('claude'))).toEqual(['run:a.1']);
  });

  test('that parks ends the runs at once; then the job is given back, by a later attempt too', () => {
    expect(errands(...alone, pause(undefined, true))).toMatchObject([
      { kind: 'stop_run', run: 'a.1', cause: 'paused' },
    ]);
    const parked = [...alone, told('a.1', 's-1'), pause(undefined, true), ended('a.1', stoppedBy('paused'))];
    expect(errands(...parked)).toEqual([{ kind: 'leave', key: 'leave' }]);
    expect(errands(...parked, attempt(2))).toEqual([{ kind: 'leave', key: 'leave' }]);
    expect(errands(...parked, attempt(2), resume())).toMatchObject([{ order: { run: 'a.2', resume: 's-1' } }]);
  });

  test('parks what has stood still for 10 minutes', () => {
    const still = [...alone, pause(), held('a.1')];
    expect(todo(...still, 9 * MINUTE)).toEqual({ ...nothing, wake: still.length + 10 * MINUTE });
    expect(errands(...still, 10 * MINUTE)).toMatchObject([{ kind: 'stop_run', cause: 'paused' }]);
  });

  test('asked for twice is one pause; parking it later parks it', () => {
    expect(keys(...alone, pause(), held('a.1'), pause())).toEqual([]);
    expect(keys(...alone, pause(), held('a.1'), pause(undefined, true), pause())).toEqual(['stop:a.1']);
    expect(keys(...alone, pause('claude', true), pause('claude'))).toEqual(['stop:a.1']);
  });
});

describe('reviewers who stop the work', () => {
  test('hold all work while the person is asked, but no reviews', () => {
    const stopped = [...pair, midwork, decided('r1', 'STOP_AND_ESCALATE'), escalation('q1', 'r1')];
    expect(keys(...stopped)).toEqual(['hold:a.1', 'hold:b.1']);
    const other = requested('r2', 'b.1', { commit: 'snapshot', reviewers: ['claude'] });
    expect(keys(...stopped, held('a.1'), held('b.1'), other)).toEqual(['run:r2.claude.1']);
    expect(keys(...stopped, held('a.1'), held('b.1'), replied('q1', 'accept'))).toEqual(['hold:a.1', 'hold:b.1']);
  });

  test('by the doubts of a majority hold the others until the author has heard them', () => {
    const doubted = [...pair, midwork, decided('r1', 'PAUSE_AND_CLARIFY')];
    expect(keys(...doubted)).toEqual(['hold:b.1', 'steer:r1']);
    expect(keys(...doubted, held('b.1'), delivered('r1', 'a.1'))).toEqual(['hold:b.1']);
    const later = [...doubted, held('b.1'), deferred('r1', 'a.1'), ended('a.1', stoppedBy('paused'))];
    expect(errands(...later)).toMatchObject([{ kind: 'run', order: { run: 'a.2', messages: ['r1'] } }]);
  });
});
