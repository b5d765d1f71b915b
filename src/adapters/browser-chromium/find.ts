import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../kit/program.ts';

type Env = Readonly<Record<string, string | undefined>>;

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

/** A Chromium, Chrome or Edge of this machine: the named one, else on PATH, else where the system keeps it; null for none. */
export function findChromium(named: string | undefined, env: Env, platform = process.platform): string | null {
  if (named !== undefined) return existsSync(named) ? named : null;
  const onPath = names.map((name) => findProgram(name, env.PATH)).find((path) => path !== null);
  return onPath ?? usualPlaces(env, platform).find((path) => existsSync(path)) ?? null;
}

function usualPlaces(env: Env, platform: NodeJS.Platform): readonly string[] {
  if (platform === 'darwin') {
    const app = (name: string) => `/Applications/${name}.app/Contents/MacOS/${name}`;
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(app);
  }
  if (platform !== 'win32') return ['/usr/bin/chromium', '/snap/bin/chromium', '/opt/google/chrome/chrome'];
  const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => root !== undefined);
  return roots.flatMap((root) => [
    join(root, 'Google', 'Chrome', 'Application', 'chrome.exe'),
    join(root, 'Chromium', 'Application', 'chrome.exe'),
    join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
  ]);
}

/** How one is got, in one phrase. */
export function howToInstall(platform = process.platform): string {
  if (platform === 'darwin') return 'install Google Chrome, or `brew install --cask chromium`';
  if (platform === 'win32') return 'install Google Chrome or Microsoft Edge';
  return 'install Chromium, for example with `sudo apt-get install chromium`';
}
