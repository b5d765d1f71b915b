import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { BrowserAction, Viewport } from '../../domain/browser/action.ts';
import type { AddressRules } from '../../domain/browser/address.ts';
import type { Measured } from '../../domain/browser/measure.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Browser, View } from '../../ports/computer.ts';
import { perform } from './act.ts';
import { Ears } from './ears.ts';
import { directHosts, Gate, wayTo } from './gate.ts';
import * as script from './in-page.ts';
import { brokenLinks } from './inspect.ts';

export interface ChromiumOptions {
  readonly program: string;
  /** Folder for this browser alone: its profile, which begins empty, and what it downloads. */
  readonly folder: string;
  readonly viewport: Viewport;
  readonly rules: AddressRules;
  readonly headless: boolean;
  /** The environment of the browser: its marks and nothing secret. */
  readonly env: Readonly<Record<string, string>>;
}

const ACTION_MS = 8_000;
const LOAD_MS = 20_000;
/** After an action a page gets this long to begin something, and that long to come to rest. Milliseconds. */
const BEGIN_MS = 250;
const SETTLE_MS = 3_000;

/** Opens a Chromium with an empty profile. Refuses (`no_browser`) with the next step. */
export async function openChromium(options: ChromiumOptions): Promise<Result<Browser>> {
  const gate = await Gate.open(options.rules, options.env);
  try {
    const context = await chromium.launchPersistentContext(join(options.folder, 'profile'), {
      executablePath: options.program,
      headless: options.headless,
      viewport: options.viewport,
      acceptDownloads: true,
      downloadsPath: join(options.folder, 'downloads'),
      proxy: { server: gate.url, bypass: directHosts(options.rules) },
      env: { ...options.env },
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      timeout: 30_000,
      serviceWorkers: 'block', // their requests would pass the gate unseen
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp', // calls would pass by the gate
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // as root it starts in no other way
      ],
    });
    return ok(await ChromiumBrowser.of(context, gate, options));
  } catch (error) {
    await gate[Symbol.asyncDispose]();
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return refuse('no_browser', `${options.program} could not be started: ${message}`);
  }
}

class ChromiumBrowser implements Browser {
  readonly viewport: Viewport;
  readonly #context: BrowserContext;
  readonly #gate: Gate;
  readonly #rules: AddressRules;
  readonly #ears: Ears;
  #page: Page;
  #isGone = false;
  /** True while we open a page ourselves: no page of the site's doing. */
  #isOpening = false;

  private constructor(context: BrowserContext, gate: Gate, page: Page, options: ChromiumOptions) {
    this.viewport = options.viewport;
    this.#context = context;
    this.#gate = gate;
    this.#rules = options.rules;
    this.#page = page;
    this.#ears = new Ears((fresh) => {
      this.#page = fresh;
    });
  }

  static async of(context: BrowserContext, gate: Gate, options: ChromiumOptions): Promise<ChromiumBrowser> {
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = new ChromiumBrowser(context, gate, page, options);
    context.setDefaultTimeout(ACTION_MS);
    context.setDefaultNavigationTimeout(LOAD_MS);
    await context.route('**/*', async (route) => {
      const isOpen = await browser.#admits(route.request().url());
      await (isOpen ? route.continue() : route.abort('blockedbyclient'));
    });
    // Where an answer leads on to is asked for without us; the gate refuses it, here it is only told.
    context.on('request', (request) => request.redirectedFrom() && void browser.#admits(request.url()));
    browser.#ears.hear(page);
    context.on('page', (fresh) => browser.#ears.hear(fresh, !browser.#isOpening));
    context.on('close', () => {
      browser.#isGone = true;
    });
    return browser;
  }

  get address(): string {
    return this.#page.url();
  }

  notes(): readonly string[] {
    return this.#ears.take();
  }

  async act(action: BrowserAction): Promise<Result<null>> {
    if (action.kind === 'navigate') {
      const why = await this.#denial(withScheme(action.url));
      if (why !== null) return refuse('refused_address', why);
    }
    try {
      await this.#alive();
      await this.#within(boundOf(action), perform(this.#page, action));
      if (!isPassive(action)) await this.#settle();
      return ok(null);
    } catch (error) {
      return refuse('page_failed', firstLine(error));
    }
  }

  async look(): Promise<Result<View>> {
    for (let left = 2; ; left--) {
      try {
        await this.#alive();
        const page = this.#page;
        const picture = await page.screenshot({ timeout: ACTION_MS, animations: 'disabled', caret: 'hide' });
        return ok({ picture, url: page.url(), title: await this.#within(2_000, page.title()).catch(() => '') });
      } catch (error) {
        const again = left > 0 && (await this.#recycle('the page hung and was opened anew'));
        if (this.#isGone) return refuse('browser_gone', 'the browser ended by itself, and with it its pages');
        if (!again) return refuse('page_failed', `the page cannot be seen: ${firstLine(error)}`);
      }
    }
  }

  async measure(): Promise<Measured> {
    const page = this.#page;
    const { status, load_ms } = await timing(page);
    const broken = await brokenLinks(page, async (url) => (await this.#denial(url)) === null).catch(() => []);
    const accessibility = await this.#within(5_000, page.evaluate<string[]>(script.hindrances)).catch(() => []);
    const heard = this.#ears.faults();
    return { url: page.url(), status, load_ms, ...heard, broken_links: broken, accessibility };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#within(5_000, this.#context.close()).catch(() => {
      // Whoever started us ends what is left of it by its mark.
    });
    await this.#gate[Symbol.asyncDispose]();
  }

  /** A page that crashed or was closed is replaced; where another is open that one comes to the front. */
  async #alive(): Promise<void> {
    if (this.#ears.hasCrashed(this.#page)) return void (await this.#recycle('the page crashed and was opened anew'));
    if (!this.#page.isClosed()) return;
    const open = this.#context.pages().findLast((page) => !page.isClosed());
    this.#page = open ?? (await this.#freshPage());
    this.#ears.note(open ? 'the page was closed; an earlier one is in front' : 'the page was closed');
  }

  /** A new page in the place of one that answers no more; false when the browser itself is gone. */
  async #recycle(why: string): Promise<boolean> {
    const before = this.#page;
    const url = before.url();
    const fresh = await this.#freshPage().catch(() => null);
    if (!fresh) return false;
    this.#page = fresh;
    void before.close({ runBeforeUnload: false }).catch(() => {});
    this.#ears.note(why);
    if (/^https?:/.test(url)) await fresh.goto(url, { waitUntil: 'domcontentloaded' }).catch(() => {});
    return true;
  }

  async #freshPage(): Promise<Page> {
    this.#isOpening = true;
    try {
      return await this.#context.newPage();
    } finally {
      this.#isOpening = false;
    }
  }

  /** Something may begin a moment after the action; then the page gets its time to come to rest. */
  async #settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BEGIN_MS));
    const page = this.#page;
    await page.waitForLoadState('domcontentloaded', { timeout: LOAD_MS }).catch(() => {});
    await page.waitForLoadState('networkidle', { timeout: SETTLE_MS }).catch(() => {});
  }

  /** Why an address may not be asked for; null when it may. A name is judged by what it leads to. */
  async #denial(url: string): Promise<string | null> {
    const way = await wayTo(url, this.#rules);
    return way.ok ? null : way.error.message;
  }

  /** Whether an address may be asked for; a note is taken of one that may not. */
  async #admits(url: string): Promise<boolean> {
    const why = await this.#denial(url);
    if (why !== null) this.#ears.note(`blocked: ${why}`);
    return why === null;
  }

  async #within<T>(ms: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it took longer than ${ms / 1_000} s`)), ms);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What leaves the page as it is: nothing has to come to rest. */
function isPassive({ kind }: BrowserAction): boolean {
  return kind === 'look' || kind === 'move' || kind === 'wait';
}

/** How long an action may take before the page counts as hung. Milliseconds. */
function boundOf(action: BrowserAction): number {
  if (action.kind === 'wait') return action.ms + ACTION_MS;
  return ['navigate', 'search', 'back', 'forward'].includes(action.kind) ? LOAD_MS + ACTION_MS : ACTION_MS;
}

async function timing(page: Page): Promise<Pick<Measured, 'status' | 'load_ms'>> {
  const read = page.evaluate<Pick<Measured, 'status' | 'load_ms'> | null>(script.timing);
  return (await read.catch(() => null)) ?? { status: null, load_ms: null };
}

/** `example.org` as a person types it. */
export function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url) ? url : `https://${url}`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
