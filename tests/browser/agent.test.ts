import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Turn } from '../../simulator/scenario.ts';
import { providerNames } from '../../src/domain/browser/provider.ts';
import { chromium, click, killBrowser, killRenderers, Stage, sessionOf } from './stage.ts';

describe.skipIf(chromium === null)('the browser agent in a real Chromium', () => {
  test('fills a form over several pages, and keeps each step with its picture', async () => {
    await using stage = await Stage.open(
      { do: [click('Name')] },
      { do: [{ tool: 'type', input: { text: 'Ada' } }, click('Go')] },
      { do: [click('Finish')] },
      { say: 'The form is sent.' },
    );
    const { end, data, reported } = await stage.run(`Fill in the form at ${stage.site.url}/`);
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'The form is sent.' });
    expect(stage.site.asked).toContain('/next?name=Ada');
    expect(data?.pages.map((page) => new URL(page).pathname)).toEqual(['/', '/next', '/done']);
    expect(reported).toHaveLength(4);
    const [first] = reported;
    const step = first?.data as { readonly picture: string } | undefined;
    expect(existsSync(join(stage.root, 'browser', 'pictures', `${step?.picture}.png`))).toBe(true);
    const sheet = readFileSync(data?.report ?? '', 'utf8');
    expect(sheet.match(/<img /g)).toHaveLength(4);
    expect(sheet).not.toContain('<script');
    expect(end.usage.input_tokens).toBe(4_000);
  });

  test.each(providerNames)('works with a model of %s: it points, types, goes to a page and back', async (provider) => {
    await using stage = await Stage.open(
      {
        do: [
          click('Name'),
          { tool: 'type', input: { text: 'Ada' } },
          { tool: 'press_key', input: { key: 'BackSpace' } },
        ],
      },
      { do: [click('Go')] },
      { do: [{ tool: 'navigate', input: { url: 'http://127.0.0.1:1/' } }] },
      {
        do: [
          { tool: 'go_back', input: {} },
          { tool: 'take_screenshot', input: {} },
        ],
      },
      { say: 'Sent and back.' },
    );
    const { end, data, reported } = await stage.run(`Fill in the form at ${stage.site.url}/`, {
      settings: { provider },
    });
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'Sent and back.' });
    expect(stage.site.asked).toContain('/next?name=Ad');
    expect(data?.pages.map((page) => new URL(page).pathname)).toEqual(['/', '/next']);
    const did = reported.map((one) => (one.data as { did: string }).did.replace(/\d+,\d+/, 'x,y'));
    expect(did).toMatchObject([
      'clicks at x,y',
      'types 3 character(s)',
      'keys BackSpace',
      'clicks at x,y',
      'opens http://127.0.0.1:1/',
      'goes back',
      'looks at the page',
    ]);
    expect(JSON.stringify(stage.requests.at(-1)?.body)).toContain('private network');
    expect(new URL(data?.pages.at(0) ?? '').host).toBe(stage.site.host);
    expect(end.usage.input_tokens).toBe(5_000);
  });

  test('of a validation tells pass and fail with what was measured', async () => {
    const verdict = {
      answer: 'One of two.',
      expectations: [
        { text: 'a', pass: true, evidence: 'seen' },
        { text: 'b', pass: false },
      ],
    };
    await using stage = await Stage.open({ answer: verdict });
    const { data } = await stage.run(`Validate the page ${stage.site.url}/broken`);
    expect(data).toMatchObject({ answer: 'One of two.', expectations: [{ pass: true }, { pass: false }] });
    const all = data?.findings.join('\n');
    for (const finding of ['boom', '/none.png: 404', '/gone: 404', 'no title', 'without a text', 'without a name']) {
      expect(all).toContain(finding);
    }
    expect(JSON.stringify(stage.requests[0]?.body)).toContain('broken link');
  });

  test('without a key of its model says what can be measured, and that it is so', async () => {
    await using stage = await Stage.open({ say: 'never' });
    const { data } = await stage.run(`Check the page ${stage.site.url}/broken`, { key: null });
    expect(data?.answer).toContain('Measured without a model');
    expect(stage.requests).toEqual([]);
  });

  test('follows what opens, declines dialogs and contains downloads', async () => {
    await using stage = await Stage.open(
      { do: [click('Dialog')] },
      { do: [click('Download')] },
      { do: [click('Popup')] },
      { say: 'Seen.' },
    );
    const { reported, data } = await stage.run(`Look around at ${stage.site.url}/`);
    const notes = reported.flatMap((one) => (one.data as { notes: readonly string[] }).notes);
    expect(notes).toContain('the page said (confirm): Sure?');
    expect(notes).toContain('downloaded: file.txt');
    expect(notes).toContain('a new page opened and is in front');
    expect(data?.pages.map((page) => new URL(page).pathname)).toContain('/popup');
  });

  test('a page that hangs is opened anew, and the model is told', async () => {
    await using stage = await Stage.open({ do: [click('Hang')] }, { say: 'It hangs.' });
    const { end, reported } = await stage.run(`Press the button at ${stage.site.url}/`);
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'It hangs.' });
    expect(JSON.stringify(reported)).toContain('opened anew');
    expect(JSON.stringify(reported)).not.toContain('a new page opened'); // the site opened none
  }, 120_000);

  test('a page whose renderer dies is opened anew, and the model is told', async () => {
    await using stage = await Stage.open(
      { do: [{ tool: 'take_screenshot', input: {} }] },
      { do: [{ tool: 'take_screenshot', input: {} }], delayMs: 500 },
      { say: 'It crashed.' },
    );
    let agent = 0;
    const { end, reported } = await stage.run(`Look at ${stage.site.url}/`, {
      onItem: (item) => {
        if (item.type === 'spawned') agent = item.pid;
        if (item.type === 'reported' && JSON.stringify(item.data).includes('"n":1,')) killRenderers(agent);
      },
    });
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'It crashed.' });
    for (const told of [reported.at(-1), stage.requests.at(-1)?.body]) {
      expect(JSON.stringify(told)).toMatch(/the page crashed.*opened anew/);
    }
  });

  test('a browser that dies ends the run at once, and the next goes on from its steps in another', async () => {
    await using stage = await Stage.open(
      { do: [click('Go')] },
      { do: [{ tool: 'take_screenshot', input: {} }], delayMs: 500 },
      { say: 'Went on.' },
    );
    let agent = 0;
    const { end, items } = await stage.run(`Go on from ${stage.site.url}/`, {
      onItem: (item) => {
        if (item.type === 'spawned') agent = item.pid;
        if (item.type === 'reported' && JSON.stringify(item.data).includes('"n":1,')) killBrowser(agent);
      },
    });
    expect(end.outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('ended by itself') });
    stage.play({ say: 'Went on.' });
    const again = await stage.run('', { resume: sessionOf(items) });
    expect(again.end.outcome).toMatchObject({ kind: 'completed', answer: 'Went on.' });
    expect(JSON.stringify(stage.requests.at(-1)?.body)).toContain('1. clicks at');
  });

  test('logs in with a secret its model never sees, asks the person for the code, and goes on with the answer', async () => {
    await using stage = await Stage.open(
      { do: [click('Password'), { tool: 'type', input: { text: '{{SHOP_PASSWORD}}', press_enter: true } }] },
      { answer: { ask: 'Which code did the shop send you?' } },
    );
    const settings = { secrets: { SHOP_PASSWORD: [stage.site.host] } };
    const env = { SHOP_PASSWORD: 'hunter2 & more' };
    const first = await stage.run(`Log in at ${stage.site.url}/login`, { settings, env });
    expect(first.reported.at(-1)).toMatchObject({
      kind: 'question',
      text: expect.stringMatching(
        /^The browser agent asks, at http:\/\/127.0.0.1:\d+\/code.*: Which code did the shop send you\?$/,
      ),
    });
    expect(stage.site.posted).toEqual(['user=&password=hunter2+%26+more']);
    stage.play(
      { do: [{ tool: 'navigate', input: { url: `${stage.site.url}/code` } }] },
      { do: [click('Code'), { tool: 'type', input: { text: '493021', press_enter: true } }] },
      { say: 'Logged in.' },
    );
    const told = 'You asked: Which code did the shop send you?\nThe answer: it is 493021';
    const again = await stage.run(told, { settings, env, resume: sessionOf(first.items) });
    expect(again.end.outcome).toMatchObject({ kind: 'completed', answer: 'Logged in.' });
    expect(stage.site.posted.at(-1)).toBe('code=493021');
    expect(JSON.stringify(stage.requests.at(-1)?.body)).toContain('Their answer: it is 493021');
    const heard = JSON.stringify([stage.requests, first.items, again.items]) + stage.kept();
    for (const form of ['hunter2', 'hunter2%20']) expect(heard).not.toContain(form);
    expect(JSON.stringify([first.items, again.items])).not.toContain('493021');
  });

  test('types a secret on no page but those it is for, and hides it where a page shows it', async () => {
    await using stage = await Stage.open(
      { do: [click('Name'), { tool: 'type', input: { text: '{{SHOP_PASSWORD}}' } }] },
      { do: [{ tool: 'type', input: { text: '{{OTHER}}' } }] },
      { do: [{ tool: 'type', input: { text: '{{HERE}}', press_enter: true } }] },
      { say: 'Done with a b.' },
    );
    const secrets = { SHOP_PASSWORD: ['shop.example.org'], HERE: [stage.site.host] };
    const env = { SHOP_PASSWORD: 'hunter2', HERE: 'a b' };
    const { reported, items } = await stage.run(`Type at ${stage.site.url}/`, { settings: { secrets }, env });
    const errors = reported.map((one) => (one.data as { error: string | null }).error);
    expect(errors.slice(1, 3)).toEqual([expect.stringContaining('may not be typed on'), 'there is no secret "OTHER"']);
    expect(stage.site.asked).toContain('/next?name=a+b');
    expect(JSON.stringify(items)).toContain('[secret]');
    expect(JSON.stringify([items, stage.requests]) + stage.kept()).not.toMatch(/hunter2|name=a(\+|%20| )b/);
  });

  test('goes to no private host nobody allowed, whoever asks for it', async () => {
    await using stage = await Stage.open(
      {
        do: [
          { tool: 'navigate', input: { url: 'http://127.0.0.1:1/' } },
          { tool: 'navigate', input: { url: 'file:///etc/passwd' } },
        ],
      },
      { say: 'Refused.' },
    );
    const { reported } = await stage.run(`Look at ${stage.site.url}/`);
    const errors = reported.map((one) => (one.data as { error: string | null }).error);
    expect(errors).toEqual([expect.stringContaining('private network'), expect.stringContaining('may not open file:')]);
    const refused = await stage.run(`Look at ${stage.site.url}/`, { settings: { privateHosts: [] } });
    expect(refused.end.outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('private network') });
    const narrowed = await stage.run(`Look at ${stage.site.url}/`, { env: { TUTTI_HOSTS: 'example.org' } });
    expect(narrowed.end.outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('not among the hosts the skill'),
    });
  });

  test('asks the person before what the model wants confirmed: approved it goes on in a new browser, declined it stops', async () => {
    const safety_decision = { decision: 'require_confirmation', explanation: 'This sends the form.' };
    const turns: Turn[] = [{ do: [click('Go', { safety_decision })] }, { say: 'Sent.' }];
    await using stage = await Stage.open(...turns);
    const first = await stage.run(`Send the form at ${stage.site.url}/`);
    expect(first.reported.at(-1)).toMatchObject({
      kind: 'question',
      text: expect.stringContaining('This sends the form.'),
    });
    expect(first.end.outcome).toMatchObject({ kind: 'failed', cause: 'no_result' });
    expect(stage.site.asked.filter((path) => path.startsWith('/next'))).toEqual([]);
    const session = first.items.find((item) => item.type === 'session');
    const resume = session?.type === 'session' ? session.session : '';
    const again = await stage.run('You asked: …\nThe answer: Approve', { resume });
    expect(again.end.outcome).toMatchObject({ kind: 'completed', answer: 'Sent.' });
    expect(stage.site.asked.filter((path) => path.startsWith('/next'))).toHaveLength(1);
    expect(JSON.stringify(stage.requests.at(-1)?.body)).toContain('safety_acknowledgement');
    await using other = await Stage.open(...turns);
    const asked = await other.run(`Send the form at ${other.site.url}/`);
    const of = asked.items.find((item) => item.type === 'session');
    const declined = await other.run('The answer: decline', { resume: of?.type === 'session' ? of.session : '' });
    expect(declined.data?.answer).toContain('did not approve');
    expect(other.site.asked.filter((path) => path.startsWith('/next'))).toEqual([]);
  });

  test('killed in the middle it goes on in a new browser, and the model is told what was done', async () => {
    await using stage = await Stage.open(
      { do: [click('Go')] },
      { do: [{ tool: 'wait', input: { seconds: 1 } }] },
      { say: 'Went on.', delayMs: 1_500 },
    );
    const { session } = await stage.killed(`Go on from ${stage.site.url}/`, 2);
    const { end } = await stage.run('', { resume: session });
    expect(end.outcome).toMatchObject({ kind: 'completed', answer: 'Went on.' });
    const again = JSON.stringify(stage.requests.at(-1)?.body);
    expect(again).toContain('An earlier browser of yours is gone');
    expect(again).toContain('1. clicks at');
  });

  test('ends with the reason when its turns are used up or its model refuses the key, and waits out an overload', async () => {
    await using stage = await Stage.open({ do: [{ tool: 'take_screenshot', input: {} }] });
    const { end } = await stage.run(`Look at ${stage.site.url}/`, { settings: { maxTurns: 2 } });
    expect(end.outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('turn limit of 2') });
    await using refused = await Stage.open({ error: { status: 401 } });
    const unauthorized = await refused.run(`Look at ${refused.site.url}/`);
    expect(unauthorized.end.outcome).toMatchObject({ message: expect.stringContaining('refuses the key') });
    await using busy = await Stage.open({ say: 'At last.' });
    for (const status of [429, 500, 503]) {
      busy.play({ error: { status, times: 1 }, say: 'At last.' });
      const late = await busy.run(`Look at ${busy.site.url}/ (${status})`);
      expect(late.end.outcome).toMatchObject({ kind: 'completed', answer: 'At last.' });
    }
  });
});
