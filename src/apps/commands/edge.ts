import { systemClock } from '../../kit/clock.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { running } from './running.ts';
import { catalogueHere, configFlags, openFolder, readConfig } from './store.ts';

const verbs = ['devices', 'doctor'] as const;

export const edge: Command = {
  name: 'edge',
  summary: 'Speak, and the team works; it tells you aloud what came of it and what it needs from you.',
  usage: 'edge [devices | doctor] [options]',
  words: [0, 1],
  flags: {
    source: {
      type: 'string',
      value: 'FROM',
      help: 'mic (default), browser, file:WAV, or command:PROGRAM … that prints 16 kHz PCM',
    },
    device: { type: 'string', value: 'NAME', help: 'The microphone, by its id or a part of its name' },
    speech: { type: 'string', value: 'KIND', help: 'realtime (default), transcription, live or simulated' },
    simulate: { type: 'boolean', help: 'A simulated service of that kind, on this machine: no key, no cost' },
    model: {
      type: 'string',
      value: 'NAME',
      help: 'Model of the speech service (default: the current one of its kind)',
    },
    voice: { type: 'string', value: 'NAME', help: 'Voice of the speech service (default: marin)' },
    gateway: { type: 'string', value: 'URL', help: 'A gateway elsewhere (default: the one of the data folder)' },
    'token-file': { type: 'string', value: 'FILE', help: 'Token of that gateway (default: TUTTI_TOKEN)' },
    mute: { type: 'boolean', help: 'Begin muted' },
    'push-to-talk': { type: 'boolean', help: 'Listen only after a press of the space bar, until the next' },
    'barge-in': { type: 'boolean', help: 'Go on listening while it speaks: for headphones' },
    speak: { type: 'string', value: 'HOW', help: 'auto (default), system for the voice of the system, or off' },
    speaker: {
      type: 'string',
      value: 'PROGRAM',
      help: 'command:PROGRAM … that plays 24 kHz PCM (default: one is found)',
    },
    scenario: { type: 'string', value: 'FILE', help: 'What the simulated service hears and says' },
    wait: { type: 'boolean', help: 'After the end of a file: stay until the work has ended and was told' },
    json: { type: 'boolean', help: 'Print JSON lines' },
    ...configFlags,
  },
  examples: [
    'tutti edge',
    'tutti edge doctor',
    'tutti edge --source file:task.wav --speech simulated --wait',
    'tutti edge --speech transcription --simulate',
    'tutti edge --gateway https://build.example:8080 --token-file edge.token',
  ],
  endsItself: true,
  async run(given) {
    const [word] = given.words;
    const verb = word === undefined ? 'listen' : verbs.find((one) => one === word);
    if (!verb) return wrongCall(given, `usage: tutti ${edge.usage}, not "${word}"`);
    const context: Context = { ...given, env: await given.services.edgeEnvironment(given.env, given.cwd) };
    const config = await readConfig(context);
    if (!config.ok) return wrongCall(context, config.error.message);
    const folder = openFolder(context);
    if (!folder.ok) return wrongCall(context, folder.error.message);
    const catalogue = await catalogueHere(context, config.value);
    if (!catalogue.ok) return wrongCall(context, catalogue.error.message);
    const { route, unusable = 'words cannot be routed' } = catalogue.value;
    if (!route) return wrongCall(context, unusable);
    const end = new AbortController();
    context.unread.addEventListener('abort', () => end.abort());
    const forget = onInterrupt(systemClock, () => end.abort(), leave);
    try {
      const { flags, env, out, err } = context;
      const ended = await context.services.runEdge({
        ...{ verb, flags, env, out, err, folder: folder.value, end: end.signal },
        config: config.value.edge,
        running: (signal, at) => running(context, signal, at),
        route: (words) => route(words, null),
      });
      return ended.ok ? ended.value : wrongCall(context, ended.error.message);
    } finally {
      forget();
    }
  },
};
