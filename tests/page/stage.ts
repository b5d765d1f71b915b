import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import type { GatewayOptions } from '../../src/apps/services.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Front } from '../scenarios/gateway-front.ts';

const built = join(import.meta.dirname, '../../dist/web');
const found = findChromium(undefined, process.env);

/** Whether there is a Chromium on this machine: tests of the page are skipped where there is none. */
export const hasBrowser = found !== null;

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly calm?: boolean;
}

/** The page in a real browser. Whatever it complains of, or asks of other hosts, fails the test at the end. */
export class Visit implements AsyncDisposable {
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #context: BrowserContext;

  private constructor(browser: Browser, context: BrowserContext, page: Page, home: string) {
    this.#browser = browser;
    this.#context = context;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // A gateway that is away on purpose shows in the browser's own words.
      const isNetwork = message.text().includes('Failed to load resource');
      if (message.type() === 'error' && !isNetwork) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(home) && !/^(data|blob):/.test(request.url()))
        this.complaints.push(`asked ${request.url()}`);
    });
  }

  /** Signs in by the link, as a person does. */
  static async signIn(link: string, { width = 1280, height = 900, dark = false, calm = true }: View = {}) {
    if (!found) throw new Error('there is no browser');
    const browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox'] });
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: calm ? 'reduce' : 'no-preference',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    const visit = new Visit(browser, context, page, new URL(link).origin);
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('banner').waitFor();
    return visit;
  }

  /** Shows an address of the page, such as `/?session=…`. */
  async go(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href);
    await this.page.getByRole('banner').waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
    expect(this.complaints).toEqual([]);
  }
}

/** A gateway in this process that serves the page, for journals that a test writes itself. */
export async function frontWithPage(more: Partial<GatewayOptions> = {}): Promise<Front> {
  return Front.open({ page: built, ...more });
}

/** A data folder and a port that outlive the gateway on them. */
export class Place implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tutti-page-'));
  #port = 0;

  /** The gateway there; on the same port each time. */
  async open(): Promise<Front> {
    const engine = await sqliteEngine({ file: join(this.#folder, 'tutti.sqlite'), clock: systemClock });
    if (!engine.ok) throw new Error(engine.error.message);
    const front = await frontWithPage({ engine: engine.value, port: this.#port, dataFolder: this.#folder });
    this.#port = front.port;
    return front;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A link with which a person signs in at the front. */
export async function linkOf(front: Front, body: unknown = {}): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const { json } = await front.ask('POST', '/api/v1/sign-in-links', { body: JSON.stringify(body), headers });
  return String(json?.url);
}
