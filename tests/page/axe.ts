import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Visit } from './stage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe, run beside the page's own scripts. */
export async function serious({ page }: Visit): Promise<readonly string[]> {
  const devtools = await page.context().newCDPSession(page);
  const { frameTree } = await devtools.send('Page.getFrameTree');
  const { executionContextId } = await devtools.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const expression = `${axe};axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`;
  const { result } = await devtools.send('Runtime.evaluate', {
    expression,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  await devtools.detach();
  return (result.value as readonly string[] | undefined) ?? [`axe did not run: ${result.description}`];
}
