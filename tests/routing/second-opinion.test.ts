import { expect, test } from 'vitest';
import { readOpinion } from '../../src/domain/routing/second-opinion.ts';
import { targetText } from '../../src/domain/routing/target.ts';
import { knowledge } from './accuracy.ts';

const read = (answer: unknown) => readOpinion(answer, 'the words', knowledge);

test('an answer of known skills is taken; one job gets all of the words', () => {
  expect(read({ jobs: [{ skill: 'browser', instruction: 'look' }], control: null })).toMatchObject({
    jobs: [{ skill: 'browser', instruction: 'the words' }],
    controls: [],
  });
  const two = ['coding', 'summarize'].map((skill) => ({ skill, instruction: `part of ${skill}` }));
  expect(read({ jobs: two })?.jobs).toEqual(two);
});

test('a control is taken when it names what there is', () => {
  const control = (target: string) => read({ jobs: [], control: { verb: 'pause', target } })?.controls[0];
  expect(targetText(control('everything but Codex')?.target ?? { names: ['?'], except: [] })).toBe(
    'everything but codex',
  );
  expect(control('the video')).toBeUndefined();
});

test.for([
  ['nothing', null],
  ['words', 'browser'],
  ['no job and no control', { jobs: [] }],
  ['an unknown skill', { jobs: [{ skill: 'cooking', instruction: 'x' }] }],
  ['a skill twice', { jobs: [1, 2].map(() => ({ skill: 'coding', instruction: 'x' })) }],
  ['an empty part', { jobs: [{ skill: 'coding', instruction: ' ' }] }],
  ['an unknown verb', { jobs: [], control: { verb: 'format', target: 'everything' } }],
  [
    'a job and a control at once',
    { jobs: [{ skill: 'coding', instruction: 'x' }], control: { verb: 'stop', target: '' } },
  ],
] as const)('%s leaves the rules’ answer as it is', ([, answer]) => {
  expect(read(answer)).toBeNull();
});
