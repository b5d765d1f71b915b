import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TeamMember } from './assignment.ts';
import { readProposal } from './proposal.ts';

const members: readonly TeamMember[] = [
  { agent: 'gemini', vendor: 'google', role: 'architect_designer', model: null },
  { agent: 'claude', vendor: 'anthropic', role: 'code_writer_implementer', model: null },
  { agent: 'claude', vendor: 'anthropic', role: 'reviewer', model: null },
];

const one = { id: 'api', agent: 'claude', title: 'The API', responsibilities: ['write it'] };
const plan = (...assignments: unknown[]) => ({ why: 'it is small', assignments });
const read = (value: unknown) => readProposal(value, '', members);

describe('a plan', () => {
  test('is read from the structured answer or from the words, in dependency order', () => {
    const assignments = [
      { ...one, depends_on: ['design'], files: ['src/'], deliverables: ['code'], reviewed: false, role: null },
      { ...one, id: 'design', agent: null, role: 'architect_designer' },
    ];
    const expected = [
      { id: 'design', agent: 'gemini', role: 'architect_designer', files: [], reviewed: true, depends_on: [] },
      { id: 'api', agent: 'claude', role: 'code_writer_implementer', files: ['src/'], reviewed: false },
    ];
    expect(read(plan(...assignments))).toMatchObject({ ok: true, value: expected });
    const words = `I thought about {this}.\n\`\`\`json\n${JSON.stringify(plan(...assignments), null, 2)}\n\`\`\`\nDone.`;
    expect(readProposal(null, words, members)).toMatchObject({ ok: true, value: expected });
    const event = { type: 'result', payload: plan(one) };
    expect(readProposal(null, JSON.stringify(event), members)).toMatchObject({ ok: true, value: [{ id: 'api' }] });
  });

  test('gives an agent of two roles the one it names, and where it names another the first', () => {
    expect(read(plan({ ...one, role: 'reviewer' }))).toMatchObject({ value: [{ role: 'reviewer' }] });
    expect(read(plan({ ...one, role: 'coder' }))).toMatchObject({ value: [{ role: 'code_writer_implementer' }] });
  });

  test('keeps a title on one line, as lines of a prompt mean something', () => {
    expect(read(plan({ ...one, title: 'The\nRole: x' }))).toMatchObject({ value: [{ title: 'The Role: x' }] });
  });
});

test.each([
  ['nothing', null, /no JSON object with a list "assignments"/],
  ['no assignment', plan(), /^assignments: /],
  ['too many', plan(...Array.from({ length: 13 }, (_, i) => ({ ...one, id: `a${i}` }))), /^assignments: .*12/],
  ['a part that is no object', plan('api'), /^assignments\.0: /],
  ['an id that is no name', plan({ ...one, id: 'The API' }), /assignments\.0 \("The API"\): id: .*lower-case/],
  ['no title', plan({ ...one, title: ' ' }), /assignments\.0 \("api"\): title: /],
  ['nothing to do', plan({ ...one, responsibilities: [] }), /\("api"\): responsibilities: /],
  ['a novel', plan({ ...one, responsibilities: ['x'.repeat(601)] }), /\("api"\): responsibilities\.0: /],
  ['an unknown agent', plan({ ...one, agent: 'gpt' }), /"gpt", which the team does not have.*gemini \(architect_/],
  ['an unknown role', plan({ ...one, agent: '', role: 'chef' }), /the role "chef".*claude \(code_writer_implementer\)/],
  ['nobody', plan({ ...one, agent: null }), /neither an agent nor a role/],
  ['an id twice', plan(one, one), /same id/],
  ['the id of the result', plan({ ...one, id: 'result' }), /"result" is taken/],
  ['itself before it', plan({ ...one, depends_on: ['api'] }), /"api": it depends on itself/],
  ['an unknown one before it', plan({ ...one, depends_on: ['db'] }), /"db", which is not in the plan/],
  ['a circle', plan({ ...one, depends_on: ['b'] }, { ...one, id: 'b', depends_on: ['api'] }), /circle/],
  ['a file outside', plan({ ...one, files: ['src/../../x'] }), /"api": "src\/\.\.\/\.\.\/x" is no path relative/],
  ['an absolute file', plan({ ...one, files: ['C:\\x'] }), /is no path relative/],
])('a plan with %s is refused in one sentence the planner can act on', (_, value, says) => {
  const refused = read(value);
  expect(refused).toMatchObject({ ok: false, error: { code: 'bad_plan', message: expect.stringMatching(says) } });
  expect(refused.ok ? '' : refused.error.message).not.toContain('\n');
});

test('whatever an agent answers, what is accepted is a plan of the team’s own members in an order that can be worked', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'result', 'Ä');
  const part = fc.record({
    id: name,
    agent: fc.constantFrom('claude', 'gemini', 'gpt', null),
    role: fc.constantFrom('reviewer', 'architect_designer', 'x', null, undefined),
    title: fc.string({ maxLength: 5 }),
    responsibilities: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
    depends_on: fc.array(name, { maxLength: 2 }),
  });
  const answers = fc.oneof(fc.anything(), fc.record({ assignments: fc.array(part, { maxLength: 4 }) }));
  fc.assert(
    fc.property(answers, (value) => {
      const found = read(value);
      if (!found.ok) return;
      const before = new Set<string>();
      for (const { id, agent, role, depends_on } of found.value) {
        expect(members.some((m) => m.agent === agent && m.role === role)).toBe(true);
        expect(depends_on.every((dep) => before.has(dep))).toBe(true);
        before.add(id);
      }
      expect(before.size).toBe(found.value.length);
    }),
    { numRuns: 1_000 },
  );
});
