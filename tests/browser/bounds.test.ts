import { describe, expect, test } from 'vitest';
import { chromium, Stage } from './stage.ts';

describe.skipIf(chromium === null)('what the browser agent bounds', () => {
  test('of a thousand calls in one answer does the first, and tells the model of the others', async () => {
    const moves = Array.from({ length: 1_000 }, (_, i) => ({ tool: 'move', input: { x: i % 999, y: 5 } }));
    await using stage = await Stage.open({ do: moves }, { say: 'Done.' });
    const { end, reported } = await stage.run(`Look at ${stage.site.url}/`);
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'Done.' });
    expect(reported).toHaveLength(20);
    expect(JSON.stringify(stage.requests.at(-1)?.body)).toContain('only the first 20 calls of an answer are done');
  });

  test('an answer of many megabytes is cut, and what it says of expectations hides secrets too', async () => {
    await using stage = await Stage.open({ say: 'x'.repeat(20_000_000) });
    const { data } = await stage.run(`Look at ${stage.site.url}/`);
    expect(data?.answer).toHaveLength(20_000);
    const one = { text: 'the page greets hunter2', pass: true, evidence: 'seen '.repeat(20) };
    stage.play({ answer: { answer: 'All of it.', expectations: Array.from({ length: 150 }, () => one) } });
    const secrets = { SHOP_PASSWORD: [stage.site.host] };
    const env = { SHOP_PASSWORD: 'hunter2' };
    const checked = await stage.run(`Check ${stage.site.url}/`, { settings: { secrets }, env });
    expect(checked.data?.answer).toBe('All of it.');
    expect(checked.data?.expectations).toHaveLength(100);
    expect(JSON.stringify(checked.items)).not.toContain('hunter2');
  }, 30_000);

  test('looks at the links of a page side by side, so that slow ones do not add up', async () => {
    await using stage = await Stage.open();
    const { data } = await stage.run(`Check ${stage.site.url}/links`, { key: null });
    expect(stage.site.asked.filter((path) => path.startsWith('/together'))).toHaveLength(4);
    expect(data?.findings).toEqual([]);
  });
});
