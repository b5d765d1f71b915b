import { announceEars } from '../../adapters/data-folder/ears.ts';
import { fileLog } from '../../adapters/log-file/log.ts';
import { commandSpeaker, findPlayer } from '../../adapters/speaker-command/speaker.ts';
import { fileMemory } from '../../adapters/spool-file/memory.ts';
import { openSpool } from '../../adapters/spool-file/spool.ts';
import { systemVoice } from '../../adapters/voice-system/voice.ts';
import type { EdgeEvent } from '../../domain/voice/edge-event.ts';
import {
  type EdgeSummary,
  emptySummary,
  evolveSummary,
  summaryText,
  summaryView,
} from '../../domain/voice/edge-summary.ts';
import { readBackWords } from '../../domain/voice/read-back.ts';
import { turnSettings } from '../../domain/voice/turns.ts';
import { type Clock, steadyClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { newSortableId } from '../../kit/id.ts';
import { redactor } from '../../kit/redact.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { Speaker, Voice } from '../../ports/speaker.ts';
import type { Vad } from '../../ports/vad.ts';
import { Edge, type EdgeOptions } from '../../runtime/voice/edge.ts';
import { learnFrom } from '../../runtime/voice/learn.ts';
import type { EdgeCall } from '../services.ts';
import { openDetector } from './detector.ts';
import { httpFleet } from './fleet.ts';
import { type Gateway, gatewayOf } from './gateway.ts';
import { gatewayLink } from './link.ts';
import { edgeScreen } from './screen.ts';
import type { EdgeSettings } from './settings.ts';
import { TranscriptSocket } from './socket.ts';
import { type OpenedSource, openSource } from './source.ts';
import { type OpenedSpeech, openSpeechOf } from './speech.ts';

/** The gateway is asked for a first sign so long. Milliseconds. */
const FIRST_MS = 5_000;

/** What is wrong, for a log that keeps nothing else. */
const wrong: ReadonlySet<EdgeEvent['event']> = new Set([
  'edge.error',
  'edge.dropped',
  'edge.device',
  'transcript.forward_failed',
  'transcript.set_aside',
]);

/** Listens until the person ends it or the source is over; tells what was done. */
export async function listen(call: EdgeCall, settings: EdgeSettings): Promise<Result<number>> {
  const { folder, env, err } = call;
  const hands: { edge: Edge | null } = { edge: null };
  // Somebody may set the time of day: what waits at the edge neither hurries nor stands still for it.
  const clock = steadyClock();
  const found = await openSource(settings, env, clock, ({ type, on }) => hands.edge?.ear[type](on));
  if (!found.ok) return found;
  await using ears = announced(found.value, folder.path);
  const spool = await openSpool(folder.file('edge'));
  if (!spool.ok) return spool;
  await using kept = spool.value;
  const service = await openSpeechOf(settings);
  if (!service.ok) return service;
  await using opened = service.value;
  const note = (text: string) => err.write(`tutti: ${visible(text)}\n`);
  if (kept.unreadable > 0) note(`${kept.unreadable} lines of the spool could not be read and are passed over`);
  const mouths = mouthsOf(settings, opened, ears.speaker, env, note);
  await using closing = new AsyncDisposableStack();
  if (mouths.speaker) closing.use(mouths.speaker);
  const detector = await detectorOf(settings, ears.early);
  if (!detector.ok) return detector;
  using vad = detector.value;
  const quit = new AbortController();
  using screen = edgeScreen(call, settings.talk === 'push', () => quit.abort());
  let summary = emptySummary;
  const log = logOf(call, settings);
  const gateway = gatewayOf(settings, call);
  using socket = socketTo(gateway, clock);
  const edge = new Edge({
    session: newSortableId(clock.now()),
    ...{ source: ears.source, vad, speech: opened.speech, voice: mouths.voice, spool: kept },
    speaker: mouths.speaker,
    link: gatewayLink(gateway, socket),
    fleet: httpFleet(gateway),
    memory: fileMemory(folder.file('edge', 'memory.json'), (why) => note(`what was told cannot be noted: ${why}`)),
    clock,
    chance: Math.random,
    readBack: (words) => readBackWords(words, call.route(words)),
    settings: mannersOf(settings, opened.talks, ears.early !== null),
    tell(event) {
      summary = evolveSummary(summary, event);
      log(event);
      if (settings.json) call.out.write(`${JSON.stringify(event)}\n`);
    },
    show(shown) {
      screen.show(shown);
      if (shown.type !== 'speaking') ears.show({ mode: settings.talk, isMuted: edge.ear.isMuted, words: shown.text });
    },
  });
  hands.edge = edge;
  if (settings.muted) edge.ear.mute(true);
  for (const text of greeting(ears, opened.model)) screen.show({ type: 'note', text });
  screen.open(edge);
  const ended = await edge.run(AbortSignal.any([call.end, quit.signal]));
  screen[Symbol.dispose]();
  if (!ended.ok) return ended;
  tellSummary(call, summary, edge.ear.heardMs, kept.pending().length);
  if (ended.value) note(ended.value.message);
  return ok(ended.value ? 1 : 0);
}

function greeting({ url, source }: OpenedSource, model: string): readonly string[] {
  const page = url === null ? [] : [`open this page, it listens and speaks: ${url}`];
  return [...page, `listening to ${source.name}, words by ${model}`];
}

/** A page that listens is told to the gateway of the same data folder, so that its own page can lead there. */
function announced(source: OpenedSource, folder: string): OpenedSource {
  if (source.url === null) return source;
  const told = announceEars(folder, source.url);
  return {
    ...source,
    async [Symbol.asyncDispose]() {
      told[Symbol.dispose]();
      await source[Symbol.asyncDispose]();
    },
  };
}

/** @param waiting letters that are still in the spool */
function tellSummary({ out, flags }: EdgeCall, summary: EdgeSummary, heardMs: number, waiting: number): void {
  if (flags.json === true) out.write(`${JSON.stringify({ type: 'summary', ...summaryView(summary), waiting })}\n`);
  else out.write(summaryText(summary, heardMs, waiting));
}

/** @param early a file, which the detector may learn from before it begins */
async function detectorOf(settings: EdgeSettings, early: AudioSource | null): Promise<Result<Vad>> {
  const detector = await openDetector(settings);
  if (!detector.ok || !early) return detector;
  const learned = await learnFrom(early, detector.value, settings.frameMs);
  if (learned.ok) return detector;
  detector.value[Symbol.dispose]();
  return learned;
}

/** Opens the line and the connection before the first words need them; what becomes of them shows with those. */
function socketTo(gateway: Gateway, clock: Clock): TranscriptSocket {
  const first = gateway(AbortSignal.timeout(FIRST_MS));
  if (first.ok) void first.value.health();
  const way = () => {
    const client = gateway();
    return client.ok ? client.value.way : null;
  };
  const socket = new TranscriptSocket({ way, clock, chance: Math.random });
  socket.dial();
  return socket;
}

/** @param hasLearned whether the detector knows the noise before it begins */
function mannersOf(settings: EdgeSettings, talks: boolean, hasLearned: boolean): EdgeOptions['settings'] {
  const { vad, talk, frameMs, quietMs, holdMs, bargeIn, speak, speech, waits } = settings;
  const turns = turnSettings(hasLearned ? { ...vad, warmUpMs: 0 } : vad, talk, frameMs);
  const speaks = { byService: speak === 'auto', answersBySound: speech === 'live' };
  return { turns, frameMs, quiet: { quietMs, holdMs }, bargeIn, talks, ...speaks, waits };
}

/** Who speaks; what is missing is told, and words are shown instead. */
function mouthsOf(
  { speak, player }: EdgeSettings,
  { talks }: OpenedSpeech,
  page: Speaker | null,
  { PATH }: EdgeCall['env'],
  note: (text: string) => void,
): { readonly speaker: Speaker | null; readonly voice: Voice | null } {
  if (speak === 'off') return { speaker: null, voice: null };
  const voice = systemVoice(process.platform, PATH);
  const found = player === null ? findPlayer(PATH) : ok(player);
  const isHeard = talks && speak === 'auto';
  const needsPlayer = isHeard && page === null;
  if (needsPlayer && !found.ok) note(found.error.message);
  if (!voice.ok && !(isHeard && (page || found.ok))) note(voice.error.message);
  const player_ = found.ok && needsPlayer ? commandSpeaker(found.value) : null;
  return { speaker: isHeard ? (page ?? player_) : null, voice: voice.ok ? voice.value : null };
}

/** The edge's log: events under the mission's names, without words and without secrets. */
function logOf(
  { folder, env, err }: EdgeCall,
  { logPath, key, token, logsAll }: EdgeSettings,
): (event: EdgeEvent) => void {
  const secrets = redactor({ ...env, EDGE_API_KEY: key, EDGE_TOKEN: token ?? '' });
  const log = fileLog(
    logPath ?? folder.file('logs', 'edge.jsonl'),
    (message) => err.write(`tutti: ${message}\n`),
    secrets,
  );
  return (event) => {
    if (logsAll || wrong.has(event.event)) log.info(event.event, { ...event });
  };
}
