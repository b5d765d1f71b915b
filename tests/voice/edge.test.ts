import { expect, test } from 'vitest';
import { EdgeStage, settle } from './edge-stage.ts';

const pcm = new Int16Array(240);

test('what is said becomes a turn with its pre-roll, and its words go to the router once', async () => {
  const stage = await EdgeStage.open();
  await stage.say('Fix the parser');
  await stage.tell({ type: 'final', turn: '1', text: 'Fix the parser' });
  expect(stage.service.log.join(' ')).toMatch(/^begin 1 (?:hear ){10,}end$/);
  expect(stage.texts()).toEqual(['Fix the parser']);
  expect(stage.events).toContainEqual(expect.objectContaining({ event: 'transcript.final', turn: '1', length: 14 }));
  expect(JSON.stringify(stage.events)).not.toContain('parser');
});

test('who sees their words may rely on them: they are on disk by then', async () => {
  const stage = await EdgeStage.open();
  const disk = Promise.withResolvers<void>();
  stage.disk = disk.promise;
  await stage.say('Fix the parser');
  expect(stage.shown.filter(({ type }) => type === 'heard')).toEqual([]);
  disk.resolve();
  await stage.pass(100);
  expect(stage.shown).toContainEqual({ type: 'heard', text: 'Fix the parser' });
});

test('a gateway that is away stops nothing: turns go on, and all words arrive in order when it is back', async () => {
  const stage = await EdgeStage.open();
  stage.isUp = false;
  for (const text of ['One thing to fix', 'Two things to fix', 'Three things to fix']) await stage.say(text);
  await stage.pass(30_000);
  expect(stage.texts()).toEqual([]);
  stage.isUp = true;
  await stage.pass(10_000);
  expect(stage.texts()).toEqual(['One thing to fix', 'Two things to fix', 'Three things to fix']);
});

test('work that was begun is told, then its result, each once and when it is quiet', async () => {
  const stage = await EdgeStage.open();
  await stage.say('Fix the parser');
  expect(stage.spoken).toEqual([]);
  await stage.pass(1_100);
  expect(stage.spoken).toEqual(['I have begun: Fix the parser']);
  stage.job({ id: 'j-s-1', status: 'completed', isOver: true, summary: 'The parser in /home/me/src/parser.ts works.' });
  await stage.end('j-s-1');
  await stage.hear('vvvvvv');
  await stage.pass(4_000);
  expect(stage.spoken).toHaveLength(1);
  await stage.hear('.'.repeat(6));
  await stage.pass(3_000);
  expect(stage.spoken[1]).toBe('Done: Fix the parser. The parser in parser.ts works.');
  await stage.pass(20_000);
  expect(stage.spoken).toHaveLength(2);
});

test('a question is asked aloud, and what is said next answers it; a new task does not', async () => {
  const stage = await EdgeStage.open();
  const options = [
    { id: 'red', label: 'Red' },
    { id: 'blue', label: 'Blue' },
  ];
  stage.job({ id: 'a', questions: [{ id: 'q-1', text: 'Red or blue?', options }] });
  await stage.pass(5_000);
  expect(stage.spoken).toEqual(['The job Fix the parser asks: Red or blue? You can say: Red, or Blue.']);
  await stage.say('The second one, please');
  expect(stage.texts('plain')).toEqual(['q-1=blue']);
  expect(stage.texts('heard')).toEqual(['The second one, please']);
  await stage.say('blue');
  expect(stage.texts('plain')).toEqual(['q-1=blue', 'blue']);
});

test('a permission cannot be given by voice', async () => {
  const stage = await EdgeStage.open();
  const options = [{ id: 'approve', label: 'Approve' }];
  stage.job({ id: 'a', questions: [{ id: 'q-1', text: 'It wants to run rm', options }] });
  await stage.pass(5_000);
  await stage.say('Approve');
  await stage.pass(2_000);
  expect(stage.texts('plain')).toEqual([]);
  expect(stage.spoken.at(-1)).toContain('screen');
});

test('it does not hear itself, and a person who speaks has the word', async () => {
  const stage = await EdgeStage.open({ talks: true });
  await stage.tell({ type: 'audio', item: 'i1', about: null, pcm });
  await stage.hear('vvvvvvvvvv');
  expect(stage.service.log).toEqual([]);
  stage.speaker.over();
  await stage.pass(300);
  await stage.hear('vvvvv');
  expect(stage.service.log[0]).toBe('begin 1');
  await stage.tell({ type: 'audio', item: 'i2', about: null, pcm });
  expect(stage.service.log.at(-1)).toBe('interrupt i2 0');
});

test('with barge-in the speaker stops when the person begins, and the service hears how much was heard', async () => {
  const stage = await EdgeStage.open({ talks: true, bargeIn: true });
  await stage.tell({ type: 'audio', item: 'i1', about: null, pcm });
  await stage.hear('vvvvv');
  expect(stage.speaker.isStopped).toBe(true);
  expect(stage.service.log.slice(0, 2)).toEqual(['interrupt i1 420', 'begin 1']);
  await stage.tell({ type: 'audio', item: 'i1', about: null, pcm });
  expect(stage.speaker.items).toEqual([]);
});

test('words a talking model has answered are only written down; those it failed at go to the router', async () => {
  const stage = await EdgeStage.open({ talks: true });
  const first = await stage.say('How are you?');
  await stage.tell({ type: 'answered', turn: first, text: 'Fine.', ok: true });
  const second = await stage.say('Fix the parser');
  await stage.tell({ type: 'answered', turn: second, text: '', ok: false });
  await stage.say('Fix the lexer');
  expect(stage.texts('heard')).toEqual(['How are you?']);
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
  await stage.pass(10_100);
  expect(stage.texts('plain')).toEqual(['Fix the parser', 'Fix the lexer']);
  expect(await stage.call('c9', 'start_task', { task: 'Fix the lexer' })).toMatchObject({ ok: false });
  expect(stage.texts('plain')).toHaveLength(2);
});

test('a model that begins work before the words have come begins it once', async () => {
  const stage = await EdgeStage.open({ talks: true });
  await stage.hear('vvvvvv......');
  const done = await stage.call('c1', 'start_task', { task: 'Fix the parser' });
  expect(done).toMatchObject({ ok: true, status: 'accepted', job_id: 'j-s-c1' });
  await stage.tell({ type: 'final', turn: '1', text: 'Fix it, please' });
  await stage.tell({ type: 'line', state: 'reconnecting', why: 'gone' });
  await stage.pass(11_000);
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
  expect(stage.texts('heard')).toEqual(['Fix it, please']);
});

test('a line that breaks hands open words to the router at once', async () => {
  const stage = await EdgeStage.open({ talks: true });
  await stage.say('Fix the parser');
  expect(stage.texts()).toEqual([]);
  await stage.tell({ type: 'line', state: 'reconnecting', why: 'gone' });
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
});

test('a job is stopped only after a yes in a later turn, which no model can give', async () => {
  const stage = await EdgeStage.open({ talks: true });
  stage.job({ id: 'a' });
  await stage.hear('vvvvvv......');
  expect(await stage.call('c1', 'stop', {})).toMatchObject({ ok: false, needs_confirmation: true });
  // The words of the same turn come late; they are no answer.
  await stage.tell({ type: 'final', turn: '1', text: 'Yes' });
  expect(stage.controls).toEqual([]);
  expect(await stage.call('c2', 'stop', { job: 'a' })).toMatchObject({ needs_confirmation: true });
  expect(stage.controls).toEqual([]);
  await stage.say('Yes, please.');
  expect(stage.controls).toEqual(['a stop']);
  await stage.say('Yes');
  expect(stage.controls).toEqual(['a stop']);
});

test('anything but a yes lets go of it, and so does time', async () => {
  const stage = await EdgeStage.open({ talks: true });
  stage.job({ id: 'a' });
  await stage.call('c1', 'stop', {});
  await stage.say('How far is it?');
  await stage.say('Yes');
  await stage.call('c2', 'stop', {});
  await stage.pass(31_000);
  await stage.say('Yes');
  expect(stage.controls).toEqual([]);
});

test('the tools of the mission do what Tutti can, and say plainly what it cannot', async () => {
  const stage = await EdgeStage.open({ talks: true });
  stage.job({ id: 'a', status: 'completed', isOver: true });
  expect(await stage.call('1', 'list_jobs', {})).toMatchObject({ ok: true, jobs: [{ job_id: 'a' }] });
  expect(await stage.call('2', 'create_agent', { tool: 'claude_code', agent_name: 'Ada' })).toMatchObject({ ok: true });
  expect(await stage.call('3', 'command_agent', { agent_name: 'ada', prompt: 'Fix it' })).toMatchObject({ ok: true });
  expect(stage.posts.at(-1)?.letter).toMatchObject({ kind: 'task', agent: 'claude', text: 'Fix it' });
  stage.job({ id: 'j-s-3' });
  await stage.call('4', 'command_agent', { agent_name: 'Ada', prompt: 'Use tabs' });
  expect(stage.controls).toEqual(['j-s-3 steer Use tabs']);
  expect(await stage.call('5', 'check_agent_result', { agent_name: 'ADA' })).toMatchObject({ status: 'running' });
  expect(await stage.call('6', 'report_costs', {})).toMatchObject({ usd: 1.23, unknown: 1 });
  expect(await stage.call('7', 'read_file', { file_path: '/etc/app.ts' })).toMatchObject({ ok: true, file: 'app.ts' });
  expect(await stage.call('8', 'read_file', { file_path: '../../etc/passwd' })).toMatchObject({ ok: false });
  expect(await stage.call('9', 'open_file', { file_path: 'app.ts' })).toMatchObject({ ok: false });
  expect(await stage.call('10', 'set_policy', { allow: 'rm' })).toMatchObject({ ok: false });
  await stage.call('11', 'delete_agent', { agent_name: 'Ada' });
  await stage.say('Yes');
  expect(stage.controls.at(-1)).toBe('j-s-3 stop ended by voice');
});

test('while muted nothing is heard, and what has begun is dropped', async () => {
  const stage = await EdgeStage.open();
  await stage.hear('vvvvv');
  stage.edge.ear.mute(true);
  expect(stage.service.log.at(-1)).toBe('drop');
  await stage.hear('vvvvvvvvv');
  expect(stage.service.log.at(-1)).toBe('drop');
  stage.edge.ear.mute(false);
  await stage.hear('vvvvv');
  expect(stage.service.log).toContain('begin 2');
  await settle();
});

test('a turn that the service hands over goes to the router, and words come back to be said', async () => {
  const stage = await EdgeStage.open({ talks: true });
  await stage.hear('vvvvvv......');
  const answers: string[] = [];
  stage.service.answer = (_, output) => answers.push(output);
  await stage.tell({ type: 'call', call: 'd1', tool: 'delegate', args: '{"utterance":"Fix the parser"}' });
  await stage.tell({ type: 'final', turn: '1', text: 'Fix the parser' });
  await stage.tell({ type: 'call', call: 'd2', tool: 'delegate', args: 'nonsense' });
  await stage.pass(11_000);
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
  expect(answers).toEqual(['I have begun: Fix the parser.', 'I did not understand that.']);
});

test('parts of what is said are told as all there is by now', async () => {
  const stage = await EdgeStage.open();
  await stage.hear('vvvvvv');
  for (const text of ['Fix ', 'the ', 'parser']) await stage.tell({ type: 'delta', turn: '1', text });
  expect(stage.shown.at(-1)).toEqual({ type: 'partial', text: 'Fix the parser' });
});

test('where a service does not tell its answers, what it says by itself counts as one', async () => {
  const stage = await EdgeStage.open({ talks: true, answersBySound: true });
  await stage.say('How are you?');
  await stage.tell({ type: 'spoken', item: 'i1', about: null, text: 'Fine.' });
  await stage.pass(11_000);
  expect(stage.texts('heard')).toEqual(['How are you?']);
  expect(stage.texts('plain')).toEqual([]);
});

test('a service that goes on no more is told aloud, and open words still reach the router', async () => {
  const stage = await EdgeStage.open({ talks: true });
  await stage.say('Fix the parser');
  await stage.tell({ type: 'line', state: 'closed', why: 'over' });
  await stage.tell({ type: 'trouble', code: 'insufficient_quota', message: 'The quota is used up.', fatal: true });
  await stage.endSource();
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
  expect(stage.spoken).toContain('The speech service has ended: The quota is used up.');
  expect(await stage.running).toMatchObject({ ok: true, value: { code: 'insufficient_quota' } });
});

test('a gateway that stays away is told once, and not when it is back before', async () => {
  const stage = await EdgeStage.open();
  stage.isUp = false;
  await stage.say('Fix the parser');
  await stage.pass(60_000);
  expect(stage.spoken.filter((words) => words.includes('gateway'))).toHaveLength(1);
  stage.isUp = true;
  await stage.pass(10_000);
  expect(stage.texts('plain')).toEqual(['Fix the parser']);
});

test('a microphone that is gone is told, and what it had heard is a turn', async () => {
  const stage = await EdgeStage.open();
  await stage.hear('vvvvvv');
  await stage.lose('the plug was pulled');
  expect(stage.service.log.at(-1)).toBe('end');
  await stage.pass(2_000);
  expect(stage.spoken).toEqual(['I hear nothing any more: the plug was pulled']);
});
