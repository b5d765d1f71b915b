import { describe, expect, it } from 'vitest';
import { Attempts, matchTurn, onAttempt, plainActions } from './match.ts';
import type { Asked, Scenario } from './scenario.ts';

const scenarios: Scenario[] = [
  {
    name: 'limits',
    roles: [
      { name: 'openai only', when: { prompt: ['Implement'], api: 'openai' }, turns: [{ say: 'not for you' }] },
      { name: 'implementer', when: { prompt: ['Implement', 'rate limit'] }, turns: [{ say: 'one' }, { say: 'two' }] },
    ],
  },
  { name: 'fallback', roles: [{ name: 'steered', when: { prompt: ['tabs'] }, turns: [{ say: 'tabs it is' }] }] },
];

function asked(prompt: string, turnIndex = 0, more: Partial<Asked> = {}): Asked {
  return { api: 'anthropic', model: 'm', prompt, turnIndex, cwd: null, ...more };
}

describe('choosing a turn', () => {
  it('every text of the role must stand in the prompt, and the API must fit', () => {
    expect(matchTurn(scenarios, asked('Implement the rate limit'))).toMatchObject({ role: 'implementer', index: 0 });
    expect(matchTurn(scenarios, asked('Implement', 0, { api: 'openai' }))).toMatchObject({ role: 'openai only' });
    expect(matchTurn(scenarios, asked('Implement the parser'))).toBeNull();
  });

  it('the turn is the number of model turns since the prompt, and past the last the last repeats', () => {
    const said = [0, 1, 2, 9].map((turn) => matchTurn(scenarios, asked('Implement a rate limit', turn))?.turn.say);
    expect(said).toEqual(['one', 'two', 'two', 'two']);
  });

  it('a text that fits no role leaves the conversation in its role, at its turn', () => {
    const earlier = [
      { prompt: 'and again', turnIndex: 0 },
      { prompt: 'Implement the rate limit', turnIndex: 1 },
    ];
    expect(matchTurn(scenarios, asked('continue', 0, { earlier }))).toMatchObject({ role: 'implementer', index: 1 });
  });

  it('a later text that fits a role of its own changes the role', () => {
    const earlier = [{ prompt: 'Implement the rate limit', turnIndex: 1 }];
    expect(matchTurn(scenarios, asked('use tabs', 0, { earlier }))).toMatchObject({ scenario: 'fallback' });
  });
});

describe('troubles', () => {
  it('an error with times is gone once used up, one without stays', () => {
    const passing = { say: 'ok', error: { status: 529, times: 2 } };
    expect([1, 2, 3].map((attempt) => onAttempt(passing, attempt).error?.status)).toEqual([529, 529, undefined]);
    expect(onAttempt({ error: { status: 401 } }, 50).error).toBeDefined();
  });

  it('attempts are counted per turn of a role', () => {
    const attempts = new Attempts();
    const of = (index: number) => ({ scenario: 's', role: 'r', index, turn: {} });
    expect([attempts.next(of(0)), attempts.next(of(0)), attempts.next(of(1))]).toEqual([1, 2, 1]);
  });

  it('a file that an action names but that is not there is an error', () => {
    expect(() => plainActions({ do: [{ write: 'a', from: '/nowhere/at/all' }] })).toThrow('ENOENT');
  });
});
