import fc from 'fast-check';
import { expect, test } from 'vitest';
import { route } from '../../src/domain/routing/route.ts';
import { readSkills } from '../../src/domain/routing/skill.ts';
import { knowledge, shape } from './accuracy.ts';

test('each job gets its own part of the utterance, a single one all of it', () => {
  const { jobs } = route('Refactor the API and its tests, then validate the staging website', knowledge);
  expect(jobs).toEqual([
    { skill: 'coding', instruction: 'Refactor the API and its tests' },
    { skill: 'browser', instruction: 'validate the staging website' },
  ]);
  const alone = 'Please refactor the API and also update the tests.';
  expect(route(alone, knowledge).jobs).toEqual([{ skill: 'coding', instruction: alone }]);
});

test('parts of one skill that stand apart become one job, so that no two work on the same files', () => {
  const { jobs } = route('Fix the form. Check the website. Then rename the button.', knowledge);
  expect(jobs).toEqual([
    { skill: 'coding', instruction: 'Fix the form\nrename the button' },
    { skill: 'browser', instruction: 'Check the website' },
  ]);
});

test('what refers to the words before it keeps its own part', () => {
  const { jobs } = route('Fix the form, then check it in the browser and tell me the title', knowledge);
  expect(jobs[1]).toEqual({ skill: 'browser', instruction: 'check it in the browser and tell me the title' });
});

test('a skill that is not wanted gets no job, and its prohibition reaches the others', () => {
  const { jobs, why } = route('Fix the form, but do not open the browser; summarize the change', knowledge);
  expect(jobs.map(({ skill }) => skill)).toEqual(['coding', 'summarize']);
  expect(jobs[0]?.instruction).toContain('do not open the browser');
  expect(why.join('\n')).toContain('it asks for no browser');
});

test('a skill that is forbidden gets no job of the other parts either', () => {
  expect(shape('Fix the footer and check the landing page for typos, but do not open a browser')).toBe('coding');
});

test('only a prohibition is no work', () => {
  expect(route("Don't open the browser", knowledge)).toMatchObject({ jobs: [], controls: [] });
  expect(shape('Do not use semicolons in the code')).toBe('coding');
});

test('quoted words and code are what a request is about, not requests', () => {
  expect(shape('Rename "stop everything" to "open the website and summarize it"')).toBe('coding');
  expect(shape('Add `open the browser; take a screenshot` to the docs')).toBe('coding');
});

test('an utterance that nothing claims is coding, and says that this was a guess', () => {
  const { jobs, why, unsure } = route('the usual thing, you know', knowledge);
  expect(jobs.map(({ skill }) => skill)).toEqual(['coding']);
  expect(why.join('\n')).toContain('the default');
  expect(unsure).toBe(true);
  expect(route('Fix the parser', knowledge).unsure).toBe(false);
});

test('a control names whom it means, and what a review is to look at', () => {
  const control = (text: string) => route(text, knowledge).controls[0];
  expect(control('Pause everything but Codex and the browser job')).toMatchObject({
    verb: 'pause',
    target: { names: [], except: ['codex', 'browser'] },
  });
  expect(control('have it reviewed for security')).toMatchObject({ verb: 'review', focus: 'security' });
  expect(control('stop job 0k3v9d2a')).toMatchObject({ target: { names: ['0k3v9d2a'] } });
});

test('a stop at the end of a task is part of the task, unless it names another job', () => {
  expect(shape('Fix the parser, then stop')).toBe('coding');
  expect(shape('Fix the parser and stop the browser job')).toBe('coding [stop browser]');
  expect(shape('Hold on, fix the parser first')).toBe('coding');
});

test('words that only open or close a sentence change nothing', () => {
  expect(shape('Well, pause Codex.')).toBe(' [pause codex]');
  expect(shape('Okay, so, check the website, please.')).toBe('browser');
});

test('skills of the person take part, in each of the three shapes', () => {
  const mine = readSkills('mine.json', [
    { name: 'deploy', description: 'Shipping', queue: 'ops', keywords: ['deploy', 'rollback'] },
    { name: 'mail', phrases: ['send a mail', 'write to'], worker: 'mailer' },
    { name: 'translate', worker: 'coding', patterns: [{ pattern: '^translate\\b', weight: 9 }] },
  ]);
  if (!mine.ok) throw new Error(mine.error.message);
  const skills = [...knowledge.skills, ...mine.value];
  const { jobs, why } = route('Fix the bug, deploy it, send a mail and translate the docs', { ...knowledge, skills });
  expect(jobs.map(({ skill }) => skill)).toEqual(['coding', 'deploy', 'mail', 'translate']);
  expect(why).toContain('deploy: there is no worker "ops" yet, so the coding team does it');
});

test('a skill with a mistake is refused by file and key', () => {
  const wrong = (data: unknown) => {
    const read = readSkills('my.json', data);
    return read.ok ? null : read.error.message;
  };
  const skill = { name: 'x', worker: 'coding' };
  expect(wrong({ ...skill, patterns: [{ pattern: '(a)\\1', weight: 1 }] })).toMatch(
    /^my\.json: patterns\.0\.pattern: /,
  );
  expect(wrong({ ...skill, patterns: [{ pattern: 'a(?=b)', weight: 1 }] })).toMatch(
    /^my\.json: patterns\.0\.pattern: /,
  );
  expect(wrong({ ...skill, keyword: ['a'] })).toBe('my.json: keyword: unknown key');
  expect(wrong([skill, { name: 'y', queue: 1, keywords: [] }])).toMatch(/^my\.json: 1\.queue: /);
  expect(wrong([skill, skill])).toBe('my.json: 1.name: "x" is taken');
  expect(wrong('x')).toMatch(/^my\.json: \(top\): /);
  expect(wrong({ ...skill, name: 'Über' })).toMatch(/^my\.json: name: expected a name/);
});

const words = fc.constantFrom(
  ...'and then but stop pause everything codex open the browser website fix bug " ` , . ; don\'t without'.split(' '),
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(words).map((all) => all.join(' ')),
);

test('whatever is said, there is work or control or a prohibition, and each part is made of the words', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { jobs, controls, why } = route(text, knowledge);
      expect(why.length).toBeGreaterThan(0);
      for (const { instruction } of jobs) {
        for (const part of instruction === text ? [] : instruction.split('\n')) expect(text).toContain(part);
      }
      if (text.trim() !== '' && !/don't|without/.test(text)) expect(jobs.length + controls.length).toBeGreaterThan(0);
      expect(new Set(jobs.map(({ skill }) => skill)).size).toBe(jobs.length);
    }),
    { numRuns: 500 },
  );
});

test('the longest utterance takes no noticeable time, whatever it is made of', () => {
  const pieces = [
    'and ',
    ', ',
    '"',
    " 'a",
    '`a ',
    '“a ',
    '\n',
    '\na',
    '(',
    'open the website and fix it, ',
    'please now ',
    "don't ",
    'é',
  ];
  for (const piece of ['stop everything but codex. ', 'a', ...pieces]) {
    const text = piece.repeat(Math.ceil(32_768 / piece.length)).slice(0, 32_768);
    // The best of three: a busy machine is not the router's fault.
    const times = [1, 2, 3].map(() => {
      const begin = performance.now();
      route(text, knowledge);
      return performance.now() - begin;
    });
    expect(Math.min(...times), piece).toBeLessThan(50);
  }
});

test('a control reaches whom it is handed to, and its reason is not its target', () => {
  expect(shape('Codex, pause')).toBe(' [pause codex]');
  expect(shape('tell Codex to carry on')).toBe(' [resume codex]');
  expect(shape('stop the browser job because the site is down')).toBe(' [stop browser]');
  expect(shape('let it run')).toBe(' [resume everything]');
  expect(shape('Pause the video until the user clicks')).toBe('coding');
  expect(shape('Make it work')).toBe('coding');
  expect(shape('make it stop')).toBe('coding');
});

test('what is to be left alone is not worked on', () => {
  expect(shape('Fix the parser, but leave the website alone')).toBe('coding');
});
