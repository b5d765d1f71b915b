import { describe, expect, test } from 'vitest';
import { asked } from '../../src/domain/journal.fixture.ts';
import type { Front } from '../scenarios/gateway-front.ts';
import { Journal, teamAtWork } from './journal.ts';
import { frontWithPage, hasBrowser, linkOf, Visit } from './stage.ts';

const button = ({ page }: Visit, name: string) => page.getByRole('button', { name, exact: true });
const visitTo = async (front: Front, rights: unknown = {}) => Visit.signIn(await linkOf(front, rights));

/** Writes down what the page would show, in a browser that shows notifications at once. */
function recordNotices() {
  const told: string[] = [];
  class Recorded {
    static permission = window.localStorage.getItem('tutti-notices') === 'on' ? 'granted' : 'default';
    onclick: (() => void) | null = null;
    constructor(title: string) {
      told.push(title);
    }
    static async requestPermission() {
      Recorded.permission = 'granted';
      return 'granted';
    }
    close() {}
  }
  Object.assign(window, { Notification: Recorded, told });
}

const told = ({ page }: Visit) => page.evaluate(() => Reflect.get(window, 'told') as readonly string[]);

describe.skipIf(!hasBrowser)('who is signed in', () => {
  test('shares a job by a link that shows it and nothing else, where they may let others in', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.write(teamAtWork);
    await using visit = await visitTo(front, { scopes: ['admin'] });
    await visit.go(`/?session=${journal.job}`);
    await button(visit, 'Share …').click();
    await button(visit, 'Make a link').click();
    const link = await visit.page.getByLabel('Link', { exact: true }).inputValue();
    await using guest = await Visit.signIn(link);
    await expect.poll(() => guest.page.getByRole('heading', { name: 'Do it' }).count()).toBe(1);
    await guest.go('/');
    await expect.poll(() => guest.page.getByRole('heading', { name: 'Do it' }).count()).toBe(1);
    await expect.poll(() => guest.page.getByText('one job, to look at').count()).toBe(1);
    for (const name of ['Share …', 'Notify me', 'Pause', 'Hand in']) expect(await button(guest, name).count()).toBe(0);
    expect(await guest.page.getByRole('link', { name: 'Insight' }).count()).toBe(0);
  });

  test('is told the command that shares, where they may not let others in', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await using visit = await visitTo(front);
    await visit.go(`/?session=${journal.job}`);
    await button(visit, 'Share …').click();
    expect(await visit.page.getByLabel('Command').inputValue()).toBe(`tutti open ${journal.job} --share --print`);
    expect(await button(visit, 'Make a link').count()).toBe(0);
  });

  test('is out after a sign-out, and shown how to come back', async () => {
    await using front = await frontWithPage();
    await using visit = await visitTo(front);
    await button(visit, 'Sign out').click();
    await expect.poll(() => visit.page.getByText('tutti open').count()).toBe(1);
    // The cookie of this browser, if it had one still.
    const answer = await visit.page.context().request.get(`${front.url}/api/v1/sessions`);
    expect(answer.status()).toBe(401);
  });

  test('who may only look is offered nothing to do', async () => {
    await using front = await frontWithPage();
    const journal = await Journal.begin(front);
    await journal.end('failed', 'The check failed.');
    await using visit = await visitTo(front, { scopes: ['read'] });
    await expect.poll(() => visit.page.getByText('The check failed.').count()).toBe(1);
    for (const name of ['Retry', 'Hand in']) expect(await button(visit, name).count()).toBe(0);
  });

  test('has light or dark as they chose, also the next time', async () => {
    await using front = await frontWithPage();
    await using visit = await visitTo(front);
    const ground = () => visit.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await visit.page.getByLabel('Theme').selectOption('dark');
    await expect.poll(ground).not.toBe(light);
    await visit.go('/');
    expect(await ground()).not.toBe(light);
    expect(await visit.page.getByLabel('Theme').inputValue()).toBe('dark');
  });

  test('is told of what is new only after asking for it, and each piece once', async () => {
    await using front = await frontWithPage();
    const [one, two] = [await Journal.begin(front), await Journal.begin(front)];
    await using visit = await visitTo(front);
    await visit.page.addInitScript(recordNotices);
    await visit.go('/');
    await expect.poll(() => visit.page.getByRole('link', { name: 'Do it' }).count()).toBe(2);
    await one.end('failed', 'The check failed.');
    await expect.poll(() => visit.page.getByText('The check failed.').count()).toBe(1);
    expect(await told(visit)).toEqual([]);
    await button(visit, 'Notify me').click();
    await two.end('completed', 'All is done.');
    await expect.poll(() => told(visit)).toEqual(['Completed: Do it']);
    await visit.page.getByRole('link', { name: 'Do it' }).first().click();
    await button(visit, 'Share …').waitFor();
    expect(await told(visit)).toEqual(['Completed: Do it']);
    // On the page of a job as well.
    const three = await Journal.begin(front);
    await three.write([asked('q1', { text: 'Red or blue?' })]);
    await expect.poll(() => told(visit), { timeout: 15_000 }).toHaveLength(2);
    expect((await told(visit)).at(-1)).toBe('claude asks: Red or blue?');
    expect(await visit.page.title()).toBe('(1) Tutti');
    // What stands there when the page is opened is no news.
    await visit.go('/');
    await visit.page.getByRole('article', { name: 'Question q1' }).waitFor();
    expect(await button(visit, 'Notify me').getAttribute('aria-pressed')).toBe('true');
    expect(await told(visit)).toEqual([]);
  });
});
