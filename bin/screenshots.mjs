#!/usr/bin/env node
// `npm run screenshots`: plays two acts of the demo and takes pictures of the page's main views into docs/pictures.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, install, root } from './launcher.mjs';

install();
const { chromium } = await import('playwright-core');
const tutti = join(root, 'bin', 'tutti.mjs');
const pictures = join(root, 'docs', 'pictures');
const program = ['/usr/bin/chromium', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''];
const place = mkdtempSync(join(tmpdir(), 'tutti-screenshots-'));

const tabs = { review: ['overview', 'timeline', 'reviews'], 'fan-out': ['browser'] };

/** Plays an act; answers its data folder and the job of the skill. */
function act(name) {
  const env = { ...process.env, TMPDIR: place };
  const { stdout, status } = spawnSync(process.execPath, [tutti, 'demo', name], { env, encoding: 'utf8' });
  if (status !== 0) fail(`the act ${name} of the demo failed:\n${stdout}`);
  const data = dirname(/^ {2}(\S+\/tutti\.sqlite)/m.exec(stdout)?.[1] ?? '');
  return { data, jobs: [...stdout.matchAll(/^job (\w+)(?: {2}(\w+):.*)?$/gm)].map(([, id, skill]) => ({ id, skill })) };
}

/** Starts the gateway on the data folder; answers its process and a link to it. */
async function gateway(data) {
  const up = spawn(process.execPath, [tutti, 'up', '--no-worker', '--port', '0', '--data', data]);
  up.stdout.setEncoding('utf8');
  await once(up.stdout, 'data');
  const { stdout } = spawnSync(process.execPath, [tutti, 'open', '--print', '--data', data], { encoding: 'utf8' });
  return { up, link: stdout.trim() };
}

const browser = await launch();
mkdirSync(pictures, { recursive: true });
for (const name of Object.keys(tabs)) {
  const { data, jobs } = act(name);
  const job = name === 'review' ? jobs[0] : jobs.find(({ skill }) => skill === 'browser');
  const { up, link } = await gateway(data);
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 }, locale: 'en-GB' });
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('banner').waitFor();
  if (name === 'fan-out') {
    await shoot(page, 'home');
    await page.goto(new URL('/?view=insight', link).href);
    await shoot(page, 'insight');
  }
  for (const tab of tabs[name]) {
    await page.goto(new URL(`/?session=${job.id}&view=${tab}`, link).href);
    await shoot(page, tab);
  }
  await page.close();
  up.kill();
}
await browser.close();
rmSync(place, { recursive: true, force: true });
process.stdout.write(`${readdirSync(pictures).length} pictures in docs/pictures\n`);

async function shoot(page, name) {
  await page.waitForLoadState('networkidle').catch(() => {});
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function launch() {
  for (const executablePath of program.filter(Boolean)) {
    try {
      return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    } catch {
      // The next one may be there.
    }
  }
  return fail('no Chromium was found: install one, or name it in CHROMIUM');
}
