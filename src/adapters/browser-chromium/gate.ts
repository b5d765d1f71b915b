import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AddressRules, isPrivate, judgeAddress } from '../../domain/browser/address.ts';
import { ok, type Result } from '../../kit/result.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A way to a host that the rules allow. */
interface Way {
  readonly url: URL;
  /** What its name leads to: nothing else is connected to. */
  readonly addresses: readonly LookupAddress[];
}

/** Judges an address by its name and by what the name leads to. Refuses with a sentence for the model. */
export async function wayTo(text: string, rules: AddressRules): Promise<Result<Way>> {
  const host = URL.canParse(text) ? new URL(text).hostname.replace(/^\[|\]$/g, '') : '';
  const addresses = host === '' ? [] : await lookup(host, { all: true }).catch(() => []);
  const plain = addresses.map(({ address }) => address);
  const judged = judgeAddress(text, plain, rules);
  return judged.ok ? ok({ url: judged.value, addresses }) : judged;
}

/**
 * The only way from a browser to the net: a proxy on loopback that judges every connection by the rules and connects to
 * the address it judged. What the browser asks for without asking us (where an answer leads on to, sockets) passes here.
 */
export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #rules: AddressRules;
  readonly #env: Env;
  readonly #tunnels = new Set<Duplex>();

  private constructor(server: Server, rules: AddressRules, env: Env) {
    this.#server = server;
    this.#rules = rules;
    this.#env = env;
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => void this.#forward(asked, answer));
    server.on('connect', (asked: IncomingMessage, socket: Duplex) => void this.#tunnel(asked.url ?? '', socket));
  }

  /**
   * @param env where it names a proxy (`http_proxy`, `https_proxy`), that one is asked for what the rules allow
   * @throws the system's own error where no port can be had
   */
  static async open(rules: AddressRules, env: Env): Promise<Gate> {
    const server = createServer({ requestTimeout: 0 });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return new Gate(server, rules, env);
  }

  /** Where the browser finds it. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #way(url: string): Promise<Way | null> {
    const way = await wayTo(url, this.#rules);
    return way.ok ? way.value : null;
  }

  /** A request of plain http. */
  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    asked.on('error', () => answer.destroy());
    const way = await this.#way(asked.url ?? '');
    if (way?.url.protocol !== 'http:') return void answer.writeHead(403).end();
    const { url } = way;
    const proxy = proxyFor(way, url, this.#env);
    const to = proxy
      ? { host: proxy.hostname, port: proxy.port || 80, path: url.href }
      : { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || 80, path: `${url.pathname}${url.search}` };
    const options = { ...to, method: asked.method, headers: endToEnd(asked.rawHeaders), agent: false };
    const sent = request(proxy ? options : { ...options, lookup: pinned(way) }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.statusMessage, endToEnd(got.rawHeaders));
      got.on('error', () => answer.destroy());
      got.pipe(answer);
    });
    sent.on('error', () => answer.destroy());
    answer.on('close', () => sent.destroy());
    asked.pipe(sent);
  }

  /** A connection for https or a socket: `host:port` is all we are told of it. */
  async #tunnel(target: string, socket: Duplex): Promise<void> {
    this.#tunnels.add(socket);
    socket.on('close', () => this.#tunnels.delete(socket));
    socket.on('error', () => socket.destroy());
    const way = await this.#way(`${target.endsWith(':443') ? 'https' : 'http'}://${target}`);
    if (!way) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const proxy = proxyFor(way, new URL(`https://${target}`), this.#env);
    const host = way.url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(/:(\d+)$/.exec(target)?.[1] ?? 443);
    const out: Socket = proxy
      ? connect({ host: proxy.hostname, port: Number(proxy.port || 80) })
      : connect({ host, port, lookup: pinned(way) });
    out.on('connect', () => {
      if (proxy) out.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      else socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      out.pipe(socket); // a proxy of the system answers for itself
      socket.pipe(out);
    });
    out.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    out.on('close', () => socket.end());
    socket.on('close', () => out.destroy());
  }
}

/** Leads to the addresses that were judged, whatever the name leads to by now. */
function pinned({ addresses }: Way): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (!first) return done(new Error('nothing is known of this name'), '');
    if (options.all) return done(null, [...addresses]);
    return done(null, first.address, first.family);
  };
}

/** The hosts a browser goes to directly: those named although they are private, as it writes them. */
export function directHosts({ privateHosts, jobHosts }: AddressRules): string {
  const named = (jobHosts ? [] : privateHosts).filter((host) => /^(\*\.)?[a-z0-9.:[\]-]+$/i.test(host));
  return ['<-loopback>', ...named].join(','); // the first word: loopback is no exception of its own
}

/** Headers that speak of the whole way, as name, value, name, value. */
function endToEnd(raw: readonly string[]): string[] {
  const isOurs = (name: string) => /^(proxy-.*|connection|keep-alive)$/i.test(name);
  return raw.filter((_, i) => !isOurs(raw[i - (i % 2)] ?? ''));
}

/** The proxy the environment names for an address of the public net; null for none. */
function proxyFor({ addresses }: Way, { protocol, hostname }: URL, env: Env): URL | null {
  if (addresses.some(({ address }) => isPrivate(address))) return null;
  const word = (name: string) => env[name] ?? env[name.toUpperCase()] ?? '';
  const text = word(protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  const without = word('no_proxy')
    .split(',')
    .map((one) => one.trim().replace(/^\*?\./, ''));
  const isDirect = without.some((one) => one === '*' || (one !== '' && `.${hostname}`.endsWith(`.${one}`)));
  return !isDirect && text.startsWith('http://') && URL.canParse(text) ? new URL(text) : null;
}
