import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { NoteStore } from './store.ts';

/** The API as a server that is not listening yet. */
export function createApi(store = new NoteStore()): Server {
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/notes' && request.method === 'GET') return send(response, 200, store.all());
    if (pathname === '/notes' && request.method === 'POST') return create(store, request, response);
    const id = /^\/notes\/(\d+)$/.exec(pathname)?.[1];
    const note = id === undefined ? undefined : store.get(Number(id));
    return note ? send(response, 200, note) : send(response, 404, { error: 'not found' });
  });
}

async function create(store: NoteStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const text = parse(body)?.text;
  if (typeof text !== 'string' || text.trim() === '') return send(response, 400, { error: 'text is needed' });
  return send(response, 201, store.add(text));
}

function parse(body: string): { text?: unknown } | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
