import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginsWork, fleetTools, readBack, readCall } from './fleet.ts';
import { findNamed, type Named, withJob, withName } from './roster.ts';
import { fewWords, firstSentence, spoken } from './spoken.ts';

test('the tools are those of the mission and the controls of a job, as JSON schemas without loose ends', () => {
  const tools = fleetTools();
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['list_agents', 'create_agent', 'command_agent', 'check_agent_result', 'delete_agent']),
  );
  for (const { parameters } of tools) {
    expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
  }
  const names = tools.map(({ name }) => name).join(' ');
  expect(names).not.toMatch(/policy|sandbox|config|permission|approve|apply|budget|target/);
});

test.each([
  ['set_policy', '{}', 'no_tool'],
  ['__proto__', '{}', 'no_tool'],
  ['stop', '{"job":"x","sandbox":"off"}', 'bad_args'],
  ['start_task', '{"task":"x","target":"/etc"}', 'bad_args'],
  ['start_task', '{"task":""}', 'bad_args'],
  ['browser_use', '{"task":"x","url":"file:///etc/passwd"}', 'bad_args'],
  ['list_jobs', 'nonsense', 'bad_args'],
  ['start_task', JSON.stringify({ task: 'x'.repeat(50_000) }), 'bad_args'],
])('%s(%s) is refused: %s', (tool, args, code) => {
  expect(readCall(tool, args)).toMatchObject({ ok: false, error: { code } });
});

test('stopping, ending an agent and dear work are read back; looking and usual work are not', () => {
  const asked = (tool: string, args: object) => {
    const call = readCall(tool, JSON.stringify(args));
    if (!call.ok) throw new Error(call.error.message);
    return { back: readBack(call.value, 'the parser job'), work: beginsWork(call.value) };
  };
  expect(asked('stop', {})).toEqual({ back: 'Shall I stop the parser job?', work: false });
  expect(asked('delete_agent', { agent_name: 'Ada' }).back).toContain('Ada');
  expect(asked('start_task', { task: 'Fix it', budget_usd: 50 }).back).toContain('50 dollars');
  expect(asked('start_task', { task: 'Fix it' })).toEqual({ back: null, work: true });
  for (const tool of ['list_jobs', 'pause', 'resume', 'report_costs']) expect(asked(tool, {}).back).toBe(null);
});

test('names are told apart as they sound, and free ones are made', () => {
  let roster: readonly Named[] = [];
  for (let i = 0; i < 50; i++) {
    const made = withName(roster, 'claude', undefined);
    if (!made.ok) throw new Error(made.error.message);
    roster = made.value.roster;
  }
  expect(new Set(roster.map(({ name }) => name)).size).toBe(50);
  for (const { name } of roster) expect(name).toMatch(/^[A-Z][a-z]+[A-Z][a-z]+$/);
  expect(withName(roster, 'codex', 'Ada')).toMatchObject({ ok: false, error: { code: 'too_many' } });
  const first = roster[0]?.name ?? '';
  expect(findNamed(roster, first.toUpperCase())?.name).toBe(first);
  expect(findNamed(withJob(roster, first, 'j1'), first)?.jobs).toEqual(['j1']);
});

test.each([
  [
    '**Done**: see [the page](https://evil.example/x?y=1) and `src/app/server.ts`.',
    'Done: see the page and server.ts.',
  ],
  ['It is at https://example.org/a/b?token=secret now', 'It is at example.org now'],
  ['```sh\nrm -rf /\n```\nCleaned C:\\Users\\me\\notes.txt', 'Cleaned notes.txt'],
  ['One.  Two.\nThree.', 'One. Two.'],
  ['The key is sk-proj-Ab3dEf6hIj9kLmNoPqRs, or ghp_0123456789abcdefghijKLMN.', 'The key is, or.'],
  ['On the branch tutti/fix-the-2nd-login-page-issue', 'On the branch fix-the-2nd-login-page-issue'],
  ['\u001b[31mred\u202e', '31mred'],
])('%j is said as %j', (text, said) => expect(spoken(text)).toBe(said));

test('whatever agents write, what is said is short and has no control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const said of [spoken(text), firstSentence(text), fewWords(text)]) {
        expect(said.length).toBeLessThanOrEqual(402);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
        expect(said).not.toMatch(/[\u0000-\u001f\u202e]/);
      }
    }),
  );
});
