import { describe, expect, test } from 'vitest';
import { frontWithPage, hasBrowser, linkOf, Visit } from './stage.ts';

describe.skipIf(!hasBrowser)('the page', () => {
  test('shows a signed-in person all jobs as they change, without a request to anybody else', async () => {
    await using front = await frontWithPage();
    const first = await front.heldJob();
    await using visit = await Visit.signIn(await linkOf(front));
    await expect.poll(() => visit.page.getByRole('link', { name: first.spec.instruction }).count()).toBe(1);
    await front.heldJob();
    await expect.poll(() => visit.page.getByRole('link', { name: 'Do it' }).count()).toBe(2);
  });
});
