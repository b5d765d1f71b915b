import { execFile } from 'node:child_process';
import type { AudioDevice } from '../../ports/audio-source.ts';

/** A list of devices takes no longer. Milliseconds. */
const LIST_MS = 5_000;

interface Listing {
  readonly program: string;
  readonly args: readonly string[];
  read(out: string, err: string): readonly AudioDevice[];
}

const pactl: Listing = {
  program: 'pactl',
  args: ['list', 'sources'],
  read(out) {
    // Monitors hear what is played, not who speaks.
    const names = [...out.matchAll(/^\tName: (.+)$\n\tDescription: (.+)$/gm)].filter(
      ([, id]) => !id?.endsWith('.monitor'),
    );
    return names.map(([, id = '', name = id]) => ({ id, name, isDefault: false }));
  },
};

const arecordList: Listing = {
  program: 'arecord',
  args: ['-L'],
  read(out) {
    // Beside cards it lists its converters, which hear nothing.
    const names = [...out.matchAll(/^(\S+)\n((?: {4}.+\n?)*)/gm)].filter(([, id]) =>
      /^(?:default|pipewire|pulse)$|CARD=/.test(id ?? ''),
    );
    return names.map(([, id = '', about = '']) => {
      const name = about.trim().replace(/\s*\n\s*/g, ', ');
      return { id, name: name || id, isDefault: id === 'default' };
    });
  },
};

const dshow: Listing = {
  program: 'ffmpeg',
  args: ['-hide_banner', '-list_devices', 'true', '-f', 'dshow', '-i', 'dummy'],
  read: (_, err) =>
    [...err.matchAll(/"([^"]+)" \(audio\)/g)].map(([, id = ''], at) => ({ id, name: id, isDefault: at === 0 })),
};

const avfoundation: Listing = {
  program: 'ffmpeg',
  args: ['-hide_banner', '-f', 'avfoundation', '-list_devices', 'true', '-i', ''],
  read(_, err) {
    const [, sound = ''] = err.split('audio devices:');
    return [...sound.matchAll(/\[(\d+)\] (.+)$/gm)].map(([, id = '', name = id]) => ({
      id,
      name,
      isDefault: id === '0',
    }));
  },
};

const listings: Readonly<Record<string, Listing>> = {
  'parec linux': pactl,
  'arecord linux': arecordList,
  'ffmpeg linux': pactl,
  'ffmpeg win32': dshow,
  'ffmpeg darwin': avfoundation,
};

/** The devices a recorder can listen to; none where it is missing or says nothing. */
export async function devicesOf(
  program: string,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string>>,
): Promise<readonly AudioDevice[]> {
  const listing = listings[`${program} ${platform}`];
  if (!listing) return [];
  const { out, err } = await run(listing.program, listing.args, env);
  const devices = listing.read(out, err);
  if (listing !== pactl) return devices;
  const usual = (await run('pactl', ['get-default-source'], env)).out.trim();
  return devices.map((device) => ({ ...device, isDefault: device.id === usual }));
}

/** What a program prints, also one that ends badly, as ffmpeg does after its lists; nothing where it is missing. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...env, LC_ALL: 'C' }, timeout: LIST_MS, windowsHide: true, maxBuffer: 4 << 20 };
    execFile(program, [...args], options, (_, out, err) => resolve({ out, err }));
  });
}
