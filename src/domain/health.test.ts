import { describe, expect, test } from 'vitest';
import { healthOf, QUIET_MS, type Signs } from './health.ts';
import { alone, fold, held, reported, type Story, saw, told } from './journal.fixture.ts';

const tool = saw('a.1', { type: 'tool_started', call: 't', kind: 'command', name: 'sh', title: 'npm test' });
const toolOver = saw('a.1', { type: 'tool_ended', call: 't', ok: true, exit_code: 0, output: '' });
const word = saw('a.1', { type: 'message', text: 'on it' });
const retrying = saw('a.1', { type: 'retrying', attempt: 1, of: 5, in_ms: 100, why: 'overloaded' });

/** What the run `a.1` is about so long after the last event, with what the system shows of it. */
function health(story: Story, afterMs = 0, signs?: Partial<Signs> | null) {
  const { session, now } = fold(...alone, ...story);
  const run = session.runs.get('a.1');
  if (!run) throw new Error('no run');
  const usual = { lastByteAt: now, cpuMs: 0, sinceMs: 10_000, children: 1 };
  return healthOf(run, now + afterMs, signs && { ...usual, ...signs });
}

describe('the health of a run', () => {
  test.each([
    ['working', 'after its words', [word]],
    ['waiting for model', 'once it began', [told('a.1', 's-1')]],
    ['waiting for model', 'between tools', [tool, toolOver]],
    ['waiting for model', 'while it tries again', [retrying]],
    ['waiting for tool', 'while a command runs', [tool]],
    ['waiting for person', 'when it asked something', [reported('a.1', 'question', 'Well?')]],
    ['working', 'when it goes on after a question', [reported('a.1', 'question', 'Well?'), word]],
    ['paused', 'while it stands still', [tool, held('a.1')]],
    ['waiting for tool', 'when it goes on', [tool, held('a.1'), held('a.1', false)]],
  ] as const)('%s %s', (state, _, story) => {
    expect(health(story).state).toBe(state);
  });

  test('says what was seen, with its age', () => {
    expect(health([tool], 7_000).evidence).toBe('npm test for 7 s');
    expect(health([word], 7_000).evidence).toBe('last event 7 s ago');
    expect(health([held('a.1')], 7_000).evidence).toBe('its processes stand still for 7 s');
    expect(health([reported('a.1', 'question', 'Well?')], 7_000).evidence).toBe('it asked a question 7 s ago');
  });

  test('is gone when the system knows no process of it, unless it stands still or waits for a person', () => {
    expect(health([word], 0, null)).toMatchObject({ state: 'gone' });
    expect(health([held('a.1')], 0, null)).toMatchObject({ state: 'paused' });
  });

  test('of a quiet run is told by its processor time: busy ones work, others are silent', () => {
    const later = QUIET_MS + 1_000;
    expect(health([word], QUIET_MS - 1, { cpuMs: 0 }).state).toBe('working');
    expect(health([word], later, { cpuMs: 5_000 }).state).toBe('working');
    const silent = health([word], later, { cpuMs: 50, children: 2 });
    expect(silent.state).toBe('silent');
    expect(silent.evidence).toBe(
      'no event for 61 s, no output for 61 s, 50 ms of processor time in the last 10 s, 2 child process(es)',
    );
    expect(health([word], later, { cpuMs: null }).state).toBe('silent');
  });

  test('of a run that still puts out bytes, or has a tool running, is not silent', () => {
    const { now } = fold(...alone, word);
    expect(health([word], 10 * QUIET_MS, { lastByteAt: now + 10 * QUIET_MS - 1 }).state).toBe('working');
    expect(health([tool], 10 * QUIET_MS, { cpuMs: 0 }).state).toBe('waiting for tool');
  });
});
