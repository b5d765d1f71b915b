import type { Page } from 'playwright-core';
import type { Measured } from '../../domain/browser/measure.ts';

/** Lines kept of each kind at most. */
const MOST = 50;
const clip = (text: string) => text.replace(/\s+/g, ' ').slice(0, 300);

/** Hears what pages do of their own accord: dialogs, downloads, new pages, errors. Everything is bounded. */
export class Ears {
  readonly #front: (page: Page) => void;
  readonly #crashed = new WeakSet<Page>();
  #notes: string[] = [];
  #consoleErrors: string[] = [];
  #failedRequests: string[] = [];

  /** @param front called with a page that opened by itself and is in front now */
  constructor(front: (page: Page) => void) {
    this.#front = front;
  }

  hear(page: Page, isNew = false): void {
    if (isNew) {
      this.#front(page);
      this.note('a new page opened and is in front');
    }
    page.on('dialog', (dialog) => {
      // Nobody sits before it: questions are declined, notices are taken in.
      this.note(`the page said (${dialog.type()}): ${clip(dialog.message())}`);
      void (dialog.type() === 'alert' ? dialog.accept() : dialog.dismiss()).catch(() => {});
    });
    page.on('download', (download) => this.note(`downloaded: ${clip(download.suggestedFilename())}`));
    page.on('crash', () => {
      this.#crashed.add(page);
      this.note('the page crashed');
    });
    page.on('console', (message) => {
      if (message.type() === 'error') keep(this.#consoleErrors, clip(message.text()));
    });
    page.on('pageerror', (error) => keep(this.#consoleErrors, clip(error.message)));
    page.on('requestfailed', (request) => {
      keep(
        this.#failedRequests,
        `${request.method()} ${clip(request.url())}: ${request.failure()?.errorText ?? 'failed'}`,
      );
    });
    page.on('response', (response) => {
      if (response.status() >= 400)
        keep(this.#failedRequests, `${response.request().method()} ${clip(response.url())}: ${response.status()}`);
    });
  }

  note(text: string): void {
    keep(this.#notes, text);
  }

  hasCrashed(page: Page): boolean {
    return this.#crashed.has(page);
  }

  take(): readonly string[] {
    return this.#notes.splice(0);
  }

  faults(): Pick<Measured, 'console_errors' | 'failed_requests'> {
    return { console_errors: [...this.#consoleErrors], failed_requests: [...this.#failedRequests] };
  }
}

function keep(list: string[], text: string): void {
  if (list.length < MOST && !list.includes(text)) list.push(text);
}
