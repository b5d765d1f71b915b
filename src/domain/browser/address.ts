import { ok, type Result, refuse } from '../../kit/result.ts';

/** Where the browser may go. */
export interface AddressRules {
  /** Hosts (`example.org`, `*.example.org`, `localhost:3000`) it may go to; empty means every public host. */
  readonly hosts: readonly string[];
  /** Hosts of this machine or a private network that are allowed all the same, with or without a port. */
  readonly privateHosts: readonly string[];
  /** The only hosts for this job, as its skill says; absent: it says nothing. */
  readonly jobHosts?: readonly string[] | undefined;
}

/**
 * Whether the browser may ask for an address. `addresses` are what its host resolves to; an address of a private network
 * is refused unless the host is named, whatever the name says. Refuses (`bad_address`, `private_address`, `other_host`).
 */
export function judgeAddress(text: string, addresses: readonly string[], rules: AddressRules): Result<URL> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse('bad_address', `"${text.slice(0, 200)}" is no address`);
  }
  if (['about:', 'data:', 'blob:'].includes(url.protocol)) return ok(url);
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) {
    return refuse('bad_address', `the browser may not open ${url.protocol} addresses`);
  }
  const named = rules.privateHosts.some((rule) => hostFits(rule, url));
  if (!named && [url.hostname, ...addresses].some(isPrivate)) {
    return refuse('private_address', `${url.host} lies in a private network: allow it with browser.privateHosts`);
  }
  if (rules.jobHosts && !rules.jobHosts.some((rule) => hostFits(rule, url))) {
    return refuse('other_host', `${url.host} is not among the hosts the skill of this job may go to`);
  }
  if (rules.hosts.length > 0 && !named && !rules.hosts.some((rule) => hostFits(rule, url))) {
    return refuse('other_host', `${url.host} is not among the hosts the browser may go to`);
  }
  return ok(url);
}

/** Whether an address lies on the hosts a rule names: `example.org`, `*.example.org`, `localhost:3000`. */
export function hostFits(rule: string, url: URL): boolean {
  const wanted = rule.toLowerCase();
  if (wanted === url.host || wanted === url.hostname) return true;
  return wanted.startsWith('*.') && url.hostname.endsWith(wanted.slice(1));
}

/** Loopback, private, link-local and other addresses that are no place of the public net; names that mean this machine. */
export function isPrivate(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local') || name.endsWith('.internal')) {
    return true;
  }
  const mapped = /^(?:::ffff:|64:ff9b::|::)(\d+\.\d+\.\d+\.\d+)$/.exec(name)?.[1] ?? mappedHex(name);
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(mapped ?? name);
  if (four) return isPrivateFour(Number(four[1]), Number(four[2]));
  if (!name.includes(':')) return false;
  return name === '::' || name === '::1' || /^f[cd]/.test(name) || /^fe[89a-f]/.test(name);
}

/** `::ffff:7f00:1`, as a URL writes an IPv4 address within IPv6; `64:ff9b::` is how networks without IPv4 reach it. */
function mappedHex(name: string): string | null {
  const match = /^(?:::ffff:|64:ff9b::|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name);
  if (!match) return null;
  const [high, low] = [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function isPrivateFour(a: number, b: number): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && (b === 168 || b === 0)) ||
    (a === 198 && (b === 18 || b === 19))
  );
}
