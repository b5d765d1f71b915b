import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openQuestions } from '../../domain/session.ts';
import type { ConfigInput } from '../../wire/config.ts';
import { statusPage } from './demo-page.ts';
import type { Act, Scene } from './demo-stage.ts';

/** The answer the demo gives in the person's place. */
const ANSWER = 'A note keeps its id for good, and no id is given out twice.';
const WISHES = '# The operator’s wishes\n\nGET /health must tell how many notes there are.\n';

const teams = {
  pair: {
    description: 'Codex does the whole task, Claude reviews it.',
    members: [
      { agent: 'codex', role: 'implementer' },
      { agent: 'claude', role: 'reviewer' },
    ],
  },
  three: {
    description: 'Gemini documents, Codex tests and Claude implements, all at once.',
    members: [
      { agent: 'gemini', role: 'documenter' },
      { agent: 'codex', role: 'tester' },
      { agent: 'claude', role: 'implementer' },
    ],
    steps: [
      {
        id: 'document',
        role: 'documenter',
        title: 'Document the change',
        responsibilities: ['Document the change where this project keeps its documentation.'],
        deliverables: ['the documentation'],
        files: ['docs/'],
      },
      {
        id: 'test',
        role: 'tester',
        title: 'Write the tests',
        responsibilities: ['Write tests that a right solution must pass.'],
        deliverables: ['the tests'],
        files: ['test/'],
      },
      {
        id: 'implement',
        role: 'implementer',
        title: 'Implement the change',
        responsibilities: ['{task}'],
        deliverables: ['the implementation'],
        files: ['src/'],
      },
    ],
  },
} satisfies ConfigInput['teams'];

export const acts: readonly Act[] = [
  {
    name: 'review',
    shows: [
      'Claude Code reports a milestone and works on; Codex and Gemini CLI look at what is there so far.',
      'Their doubts reach Claude within its turn, it settles them, and the finished work is reviewed once more.',
    ],
    team: 'big3',
    who: 'big3: Gemini CLI designs, Codex writes acceptance tests, Claude Code implements; the others review',
    teams: {},
    task: () => 'Add rate limiting to the API and document it',
    scenario: 'demo.json',
  },
  {
    name: 'question',
    shows: [
      'Codex says that it is blocked, Claude Code agrees: the work is stopped and the person is asked.',
      'The demo answers with `tutti answer` from a second process, Codex goes on with it and finishes.',
    ],
    team: 'pair',
    who: 'Codex implements, Claude Code reviews',
    teams,
    task: () => 'Let clients delete a note',
    scenario: 'demo/question.json',
    beside: answerOnce,
  },
  {
    name: 'recovery',
    shows: [
      'Gemini CLI may not read a folder and is then told to wait (429 with a reset); Claude Code’s program is killed.',
      'Each trouble is recognised and cured without a person. Codex sits out its own 429: where a CLI does, Tutti lets it.',
    ],
    team: 'three',
    who: 'Gemini CLI documents, Codex tests and Claude Code implements, all at once',
    teams,
    task: (project) =>
      `Tell the health of the API at GET /health, as the operator wishes in ${join(project, 'local', 'wishes.md')}`,
    scenario: 'demo/recovery.json',
    prepare(project) {
      mkdirSync(join(project, 'local')); // git ignores it, so the worktrees do not have it
      writeFileSync(join(project, 'local', 'wishes.md'), WISHES);
    },
    beside: killClaudeOnce,
  },
  {
    name: 'fan-out',
    shows: [
      'One sentence becomes two jobs of one trace: a coding team changes the API, the browser agent checks a page.',
      'They work side by side, the browser in a real Chromium without a window; one summary tells both results.',
    ],
    team: null,
    who: 'Codex implements, Claude Code reviews; beside them the browser agent',
    teams: { pair: teams.pair },
    open: statusPage,
    task: () => 'Add rate limiting to the API and check the status page',
    scenario: 'demo/fan-out.json',
  },
];

/** Answers the question once the author stands still, as a person would in a terminal of their own. */
function answerOnce(): (scene: Scene) => Promise<void> {
  let isDone = false;
  return async ({ session, answer }) => {
    const [question] = openQuestions(session);
    const run = session.runs.get(question?.run ?? '');
    if (isDone || !question || !run || (run.heldSince === null && !run.outcome)) return;
    isDone = true;
    await answer(ANSWER);
  };
}

/** Ends Claude Code's program, as a crash would, once it has begun to work. */
function killClaudeOnce(): (scene: Scene) => Promise<void> {
  const pids = new Map<string, number>();
  let isDone = false;
  return async ({ event, note }) => {
    if (event.type === 'run.started') pids.set(event.run, event.pid);
    if (isDone || event.type !== 'agent' || event.agent !== 'claude' || event.seen.type !== 'tool_ended') return;
    const pid = pids.get(event.run);
    if (pid === undefined) return;
    isDone = true;
    note(`$ kill -9 ${pid}   (the demo ends Claude Code’s program in the midst of its work)\n`);
    process.kill(pid, 'SIGKILL');
  };
}
