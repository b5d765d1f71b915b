import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { findChromium, howToInstall } from '../../adapters/browser-chromium/find.ts';
import { packageRoot } from '../../adapters/package-files/package.ts';
import type { Context } from './command.ts';
import type { Setting } from './demo-stage.ts';

/**
 * The page that the browser agent of the demo looks at: served on loopback for the time of the act. Where there is no
 * browser the act goes on without its job, and says how to get one.
 */
export async function statusPage({ env }: Pick<Context, 'env'>, find = findChromium): Promise<Setting> {
  const program = find(undefined, env);
  if (program === null) {
    const note = `There is no Chromium, Chrome or Edge here, so the page is not looked at: ${howToInstall()}.`;
    return { note, config: {}, without: 'browser', close: async () => {} };
  }
  const page = readFileSync(join(packageRoot, 'examples', 'status-page', 'index.html'));
  let presses = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/seen') {
      presses += 1;
      return void response.writeHead(204).end();
    }
    if (request.url !== '/') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    note: `The page:    http://${host}/, served here; the browser is ${program}, without a window`,
    config: { browser: { bin: program, startUrl: `http://${host}/`, privateHosts: [host] } },
    told: () => `The status page heard ${presses} press(es) of its button from the browser.`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
