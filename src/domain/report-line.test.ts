import { describe, expect, it } from 'vitest';
import { reportKinds } from './agent-event.ts';
import { reportsIn } from './report-line.ts';

describe('reports within prose', () => {
  it('a JSON object on a line of its own is a report', () => {
    const text =
      'Done with the first part.\n  {"type":"milestone","payload":{"text":"limiter works","progress":50}}\nGoing on.';
    expect(reportsIn(text)).toEqual([
      { type: 'reported', kind: 'milestone', text: 'limiter works', progress: 50, file: null, data: null },
    ]);
  });

  it('every report kind of the events protocol is understood, in order', () => {
    const text = reportKinds.map((kind) => JSON.stringify({ type: kind, payload: { text: kind } })).join('\n');
    expect(reportsIn(text).map((report) => report.kind)).toEqual([...reportKinds]);
  });

  it('file and data are kept', () => {
    const line = '{"type":"finding","payload":{"text":"t","file":"src/a.ts","data":{"n":1}}}';
    expect(reportsIn(line)).toMatchObject([{ file: 'src/a.ts', data: { n: 1 } }]);
  });

  it.each([
    ['words in prose', 'milestone reached: blocker! {"type":"blocker"}'],
    ['an object in the middle of a line', 'I say {"type":"blocker","payload":{"text":"x"}}'],
    ['an unknown type', '{"type":"result","payload":{"text":"x"}}'],
    ['no payload', '{"type":"blocker"}'],
    ['a payload that is no object', '{"type":"blocker","payload":"x"}'],
    ['broken JSON', '{"type":"blocker","payload":{"text":"x"}'],
    ['a list', '[{"type":"blocker","payload":{}}]'],
  ])('%s is no report', (_, text) => {
    expect(reportsIn(text)).toEqual([]);
  });

  it('a progress outside 0 to 100 is dropped, the report stays', () => {
    expect(reportsIn('{"type":"progress","payload":{"text":"x","progress":140}}')).toMatchObject([{ progress: null }]);
  });
});
