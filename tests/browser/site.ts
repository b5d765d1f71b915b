import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Tells a simulated model where the elements are: see simulator/targets.ts. */
const helper = `<script>
addEventListener('load', () => {
  const places = {};
  for (const e of document.querySelectorAll('button, a, input')) {
    const box = e.getBoundingClientRect();
    const name = e.getAttribute('aria-label') || e.textContent.trim();
    places[name] = [Math.round((box.x + box.width / 2) / innerWidth * 1000), Math.round((box.y + box.height / 2) / innerHeight * 1000)];
  }
  history.replaceState(null, '', '#elements=' + encodeURIComponent(JSON.stringify(places)));
});
</script>`;

const pages: Readonly<Record<string, string>> = {
  '/': `<title>Status</title><h1>All systems work</h1><form action="/next"><input aria-label="Name" name="name"><button>Go</button></form>
    <a href="/popup" target="_blank">Popup</a> <button onclick="confirm('Sure?')">Dialog</button>
    <a href="/file.txt" download>Download</a> <button onclick="for(;;);">Hang</button>`,
  '/next': '<title>Next</title><h1>Step two</h1><form action="/done"><button>Finish</button></form>',
  '/login': `<title>Login</title><form action="/code" method="post"><input aria-label="User" name="user">
    <input aria-label="Password" type="password" name="password"><button>Log in</button></form>`,
  '/code': `<title>Code</title><form action="/home" method="post"><input aria-label="Code" name="code"><button>Confirm</button></form>`,
  '/home': '<title>Home</title><h1>Welcome back</h1>',
  '/done': '<title>Done</title><h1>Thank you</h1>',
  '/popup': '<title>Popup</title><h1>A page of its own</h1>',
  '/socket':
    "<title>Socket</title><script>new WebSocket('ws://' + new URL(location).searchParams.get('host'))</script>",
  '/links': `<title>Links</title>${[1, 2, 3, 4].map((n) => `<a href="/together?${n}">${n}</a>`).join(' ')}`,
  '/broken':
    '<h1>Broken</h1><img src="/none.png"><a href="/gone">gone</a><button></button><script>console.error("boom")</script>',
};

/** A small site on the loopback for one test. */
export class Site implements AsyncDisposable {
  readonly asked: string[] = [];
  /** Bodies of what was posted. */
  readonly posted: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Site> {
    const waiting: ServerResponse[] = [];
    /** Answers four requests when all of them are there. */
    const together = (response: ServerResponse) => {
      waiting.push(response);
      if (waiting.length === 4) for (const one of waiting.splice(0)) one.end();
    };
    const server = createServer((request, response) => {
      site.asked.push(request.url ?? '');
      request.on('data', (chunk: Buffer) => site.posted.push(chunk.toString('utf8')));
      const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://site');
      if (path === '/to') return void response.writeHead(302, { location: searchParams.get('url') ?? '' }).end();
      if (path === '/together') return void together(response);
      if (path === '/file.txt') return void response.end('text');
      const page = pages[path];
      response.writeHead(page ? 200 : 404, { 'content-type': 'text/html' });
      response.end(
        `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">${page ?? 'no'}${page ? helper : ''}</html>`,
      );
    });
    const site = new Site(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
