import type { Page } from 'playwright-core';
import type { BrowserAction, Direction } from '../../domain/browser/action.ts';
import { withScheme } from './browser.ts';

const SEARCH = 'https://www.google.com';

/** Names of keys as models write them, beside those Playwright knows; in small letters, without underscores. */
const keyNames: Readonly<Record<string, string>> = {
  ctrl: 'Control',
  control: 'Control',
  controll: 'Control',
  cmd: 'Meta',
  command: 'Meta',
  meta: 'Meta',
  super: 'Meta',
  superl: 'Meta',
  win: 'Meta',
  alt: 'Alt',
  option: 'Alt',
  altl: 'Alt',
  shift: 'Shift',
  shiftl: 'Shift',
  esc: 'Escape',
  escape: 'Escape',
  enter: 'Enter',
  return: 'Enter',
  kpenter: 'Enter',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Delete',
  del: 'Delete',
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  arrowup: 'ArrowUp',
  arrowdown: 'ArrowDown',
  arrowleft: 'ArrowLeft',
  arrowright: 'ArrowRight',
  pageup: 'PageUp',
  pagedown: 'PageDown',
  prior: 'PageUp',
  next: 'PageDown',
  insert: 'Insert',
  plus: '+',
  minus: '-',
  home: 'Home',
  end: 'End',
};

function keyOf(name: string): string {
  return keyNames[name.trim().toLowerCase().replaceAll('_', '')] ?? name.trim();
}

/** Does one thing in a page as a person would, with mouse and keyboard. Rejects when the page does not answer. */
export async function perform(page: Page, action: BrowserAction): Promise<void> {
  switch (action.kind) {
    case 'look':
      return;
    case 'navigate':
      await page.goto(withScheme(action.url), { waitUntil: 'domcontentloaded' });
      return;
    case 'search':
      await page.goto(SEARCH, { waitUntil: 'domcontentloaded' });
      return;
    case 'back':
      await page.goBack({ waitUntil: 'domcontentloaded' });
      return;
    case 'forward':
      await page.goForward({ waitUntil: 'domcontentloaded' });
      return;
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, action.ms));
      return;
    case 'click':
      await page.mouse.click(action.at.x, action.at.y, { button: action.button, clickCount: action.count });
      return;
    case 'button':
      await page.mouse.move(action.at.x, action.at.y);
      await (action.down ? page.mouse.down() : page.mouse.up());
      return;
    case 'move':
      await page.mouse.move(action.at.x, action.at.y);
      return;
    case 'type':
      return typeText(page, action);
    case 'keys':
      return pressKeys(page, action);
    case 'scroll': {
      if (action.at) await page.mouse.move(action.at.x, action.at.y);
      const [x, y] = wheel(action.direction, action.pixels);
      await page.mouse.wheel(x, y);
      return;
    }
    case 'drag':
      await page.mouse.move(action.from.x, action.from.y);
      await page.mouse.down();
      await page.mouse.move(action.to.x, action.to.y, { steps: 8 });
      await page.mouse.up();
  }
}

async function typeText(page: Page, action: Extract<BrowserAction, { kind: 'type' }>): Promise<void> {
  if (action.at) await page.mouse.click(action.at.x, action.at.y);
  if (action.clear) {
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Backspace');
  }
  await page.keyboard.insertText(action.text);
  if (action.enter) await page.keyboard.press('Enter');
}

async function pressKeys(page: Page, { keys, press }: Extract<BrowserAction, { kind: 'keys' }>): Promise<void> {
  const combination = keys.map(keyOf).join('+');
  if (press === 'press') await page.keyboard.press(combination);
  else if (press === 'down') await page.keyboard.down(combination);
  else await page.keyboard.up(combination);
}

function wheel(direction: Direction, pixels: number): readonly [number, number] {
  const ways = { up: [0, -pixels], down: [0, pixels], left: [-pixels, 0], right: [pixels, 0] } as const;
  return ways[direction];
}
