import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureCauses, stopCauses } from '../agent-event.ts';
import { chooseCure, directoriesIn, type EarlierRecovery, LONGEST_WAIT_MS, MOST_RECOVERIES } from './choose.ts';
import { cures } from './cure.ts';
import { launchChanges, noChanges } from './launch-changes.ts';
import { places, type Recovery } from './pattern.ts';

const now = 1_800_000_000_000;
const crashed = {
  kind: 'failed',
  cause: 'crashed',
  message: 'it fell',
  http_status: null,
  retry_after_ms: null,
} as const;
const known = (more: Partial<Recovery> = {}): Recovery => ({
  id: 'odd',
  agent: 'x',
  type: 'ODD',
  where: 'message',
  cure: 'relaunch',
  action: 'relaunched',
  tries: 2,
  wait_ms: null,
  text: 'It is odd.',
  ...more,
});
const started = (pattern: string | null): EarlierRecovery => ({ pattern, status: 'started' });
const choose = (
  found: Recovery | null,
  history: readonly EarlierRecovery[] = [],
  directories: readonly string[] = [],
  changes = noChanges,
) => chooseCure(found, history, crashed, now, changes, directories);

describe('the cure of a known trouble', () => {
  it('is started as often as its pattern allows, then the person is asked', () => {
    expect(choose(known())).toMatchObject({ status: 'started', action: 'relaunched', nth: 1, tries: 2, issue: 'ODD' });
    expect(choose(known(), [started('odd')])).toMatchObject({ status: 'started', nth: 2 });
    expect(choose(known(), [started('odd'), started('odd')])).toMatchObject({
      status: 'escalated',
      action: 'user_intervention_required',
      nth: 3,
      text: 'It is odd. It was tried 2 times without help.',
    });
    expect(choose(known(), [started('other'), started(null)])).toMatchObject({ status: 'started', nth: 1 });
  });

  it('is not started when there were too many recoveries of any kind', () => {
    const many = Array.from({ length: MOST_RECOVERIES }, (_, at) => started(`p${at}`));
    expect(choose(known(), many)).toMatchObject({ status: 'escalated' });
    expect(choose(known(), many.slice(1))).toMatchObject({ status: 'started' });
  });

  it('that only a person can do asks at once, under its own name', () => {
    const found = known({ cure: 'escalate', action: 'escalated_permission', tries: 0 });
    expect(choose(found)).toMatchObject({ status: 'escalated', action: 'escalated_permission', text: 'It is odd.' });
  });

  it('adds what it changes to what was changed before', () => {
    const before = { model: 'm', directories: ['/a'], skipTrustCheck: false };
    expect(choose(known({ cure: 'relaunch_with_skip_flag' }), [], [], before).changes).toEqual({
      ...before,
      skipTrustCheck: true,
    });
    expect(choose(known({ cure: 'fallback_model' }), [], [], before).changes).toEqual({ ...before, model: 'default' });
    const opened = choose(known({ cure: 'relaunch_with_directories' }), [], ['/a', '/b', '/b'], before);
    expect(opened.changes).toEqual({ ...before, directories: ['/a', '/b'] });
    expect(opened.fresh).toBe(false);
  });

  it('that would change nothing is not started', () => {
    const before = { model: 'default', directories: ['/a'], skipTrustCheck: false };
    expect(choose(known({ cure: 'fallback_model' }), [], [], before)).toMatchObject({ status: 'escalated' });
    const opened = choose(known({ cure: 'relaunch_with_directories' }), [], ['/a', 'relative'], before);
    expect(opened).toMatchObject({ status: 'escalated', changes: before });
    expect(opened.text).toContain('Nothing is left that could be changed');
  });

  it('waits until the time that was told, longer each time it did not help, and never beyond a week', () => {
    const wait = (wait_ms: number, ...history: EarlierRecovery[]) =>
      (choose(known({ cure: 'wait_and_resume', wait_ms, tries: 5 }), history).wait_until ?? 0) - now;
    expect(wait(2_000)).toBe(2_000);
    expect(wait(2_000, started('odd'))).toBe(60_000);
    expect(wait(2_000, started('odd'), started('odd'), started('odd'))).toBe(240_000);
    expect(wait(86_400_000, started('odd'))).toBe(86_400_000);
    expect(wait(1e12)).toBe(LONGEST_WAIT_MS);
  });

  it('leaves the session behind where the pattern says so', () => {
    expect(choose(known({ cure: 'fresh_session' })).fresh).toBe(true);
    expect(choose(known({ cure: 'hand_over' })).fresh).toBe(true);
  });
});

describe('a trouble that no pattern knows', () => {
  const of = (cause: (typeof failureCauses)[number], history: readonly EarlierRecovery[] = []) =>
    chooseCure(null, history, { ...crashed, cause }, now, noChanges, []);

  it('gets two new starts where they may help', () => {
    expect(of('hung')).toMatchObject({ status: 'started', pattern: null, issue: 'hung', fresh: false, tries: 2 });
    expect(of('session_lost')).toMatchObject({ cure: 'fresh_session', action: 'relaunched_fresh', fresh: true });
    expect(of('crashed', [started(null), started('odd')])).toMatchObject({ status: 'started', nth: 2 });
    expect(of('crashed', [started(null), started(null)])).toMatchObject({ status: 'escalated', nth: 3 });
  });

  it('is put before the person where they would not', () => {
    expect(of('bad_request')).toMatchObject({ status: 'escalated', cure: 'escalate', text: 'it fell.' });
  });

  it('goes on after an accident of ours, and not after what somebody wanted', () => {
    const stopped = (cause: (typeof stopCauses)[number]) =>
      chooseCure(null, [], { kind: 'stopped', cause, message: '' }, now, noChanges, []).status;
    expect(stopped('interrupted')).toBe('started');
    expect(stopped('person')).toBe('escalated');
  });
});

it('whatever happens the answer is bounded, whole and the same when asked again', () => {
  const text = fc.string({ maxLength: 20 });
  const recovery = fc.record({
    id: fc.constantFrom('a', 'b'),
    agent: text,
    type: text,
    where: fc.constantFrom(...places),
    cure: fc.constantFrom(...cures),
    action: text,
    tries: fc.nat(30),
    wait_ms: fc.option(fc.oneof(fc.integer(), fc.double({ noNaN: true }))),
    text,
  });
  const earlier = fc.record({
    pattern: fc.option(fc.constantFrom('a', 'b')),
    status: fc.constantFrom('started' as const, 'escalated' as const),
  });
  const outcome = fc.oneof(
    fc.record({
      kind: fc.constant('failed' as const),
      cause: fc.constantFrom(...failureCauses),
      message: text,
      http_status: fc.constant(null),
      retry_after_ms: fc.constant(null),
    }),
    fc.record({ kind: fc.constant('stopped' as const), cause: fc.constantFrom(...stopCauses), message: text }),
  );
  const changes = fc.record({
    model: fc.option(text),
    directories: fc.array(text.map((name) => `/${name}`)),
    skipTrustCheck: fc.boolean(),
  });
  const history = fc.array(earlier, { maxLength: 40 });
  const asked = fc.tuple(fc.option(recovery), history, outcome, fc.nat(2 ** 31 - 1), changes, fc.array(text));
  fc.assert(
    fc.property(asked, (input) => {
      const chosen = chooseCure(...input);
      const [found, past, , at, before] = input;
      expect(chooseCure(...input)).toEqual(chosen);
      expect(launchChanges.safeParse(chosen.changes).success).toBe(true);
      expect(chosen.pattern).toBe(found?.id ?? null);
      if (chosen.wait_until !== null) {
        expect(chosen.wait_until).toBeGreaterThanOrEqual(at);
        expect(chosen.wait_until).toBeLessThanOrEqual(at + LONGEST_WAIT_MS);
      }
      if (chosen.status === 'escalated') expect(chosen).toMatchObject({ wait_until: null, changes: before });
      else {
        expect(chosen.nth).toBeLessThanOrEqual(chosen.tries);
        expect(past.length).toBeLessThan(MOST_RECOVERIES);
      }
    }),
  );
});

it('repeated without end, a trouble always comes before a person', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 80, maxLength: 80 }), (troubles) => {
      const past: EarlierRecovery[] = [];
      for (const id of troubles) {
        const { pattern, status } = choose(id === null ? null : known({ id, tries: 20 }), past);
        past.push({ pattern, status });
        if (status === 'escalated') return;
      }
      throw new Error('nobody was asked');
    }),
  );
});

describe('the folders a text names', () => {
  it('are those inside the roots, as they are written', () => {
    const text = `Attempted path "/w/my notes/a.txt" resolves outside; see '/etc/passwd', /w/b/./c//d/. Also /wide/x
      and https://host/w/e, ~/w/f, rel/w/g, file /w/../etc, (/other/deep) and \`/w\``;
    expect(directoriesIn(text, ['/w/', '/other'])).toEqual(['/w/my notes/a.txt', '/w/b/c/d', '/other/deep', '/w']);
  });

  it('are not those the program calls open already', () => {
    const text =
      'Path not in workspace: Attempted path "/w/new/a" resolves outside the allowed workspace directories: /w/tree or /w/x';
    expect(directoriesIn(text, ['/w'])).toEqual(['/w/new/a']);
  });

  it('are never more than five, without `..`, and inside a root', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', 'w', '.', ' ', '"', "'", 'b', ':') }), (text) => {
        const named = directoriesIn(text, ['/w', '/b/b']);
        expect(named.length).toBeLessThanOrEqual(5);
        for (const path of named) {
          expect(path).toMatch(/^\/(w|b\/b)(\/|$)/);
          expect(path.split('/')).not.toContain('..');
        }
      }),
    );
  });

  it('are found in linear time', () => {
    const before = performance.now();
    directoriesIn(`"/${'a/'.repeat(1_000_000)} '/${' /'.repeat(1_000_000)}`, ['/w']);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
