import { expect, test } from 'vitest';
import { alone, asked, ended, failed, fold, replied, type Story, told } from '../domain/journal.fixture.ts';
import { agentViews } from './job-view.ts';

const resting: Story = [...alone, told('a.1', 's-1'), asked('q1'), ended('a.1', failed('no_result'))];

test('an agent that asked and rests without a process waits for its person, with the evidence', () => {
  const [view] = agentViews(fold(...resting).session, 60_000);
  expect(view).toMatchObject({ state: 'waiting', health: 'waiting for person', doing: 'Well?' });
  expect(view?.evidence).toMatch(/^it asked q1 \d+ s ago$/);
});

test('an agent that failed without asking has failed', () => {
  const [view] = agentViews(fold(...resting, replied('q1', 'yes')).session, 60_000);
  expect(view).toMatchObject({ state: 'failed', health: null });
});
