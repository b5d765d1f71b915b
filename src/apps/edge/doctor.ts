import { findPlayer } from '../../adapters/speaker-command/speaker.ts';
import { modelOf } from '../../adapters/speech-openai/open.ts';
import { systemVoice } from '../../adapters/voice-system/voice.ts';
import { judgeSpeechModel } from '../../domain/voice/models.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { EdgeCall } from '../services.ts';
import { openDetector } from './detector.ts';
import { gatewayOf } from './gateway.ts';
import type { EdgeSettings } from './settings.ts';
import { openSource } from './source.ts';

/** The microphone is listened to for so long. Milliseconds. */
const LISTEN_MS = 2_000;
/** A microphone that is quieter gives nothing. Decibels below full scale. */
const SILENT_DB = -75;
/** Clocks further apart spoil what is told of times. Milliseconds. */
const CLOCK_MS = 2_000;

interface Finding {
  readonly part: string;
  readonly state: 'ok' | 'warn' | 'bad';
  /** What was found, and the next step where something is wrong. */
  readonly text: string;
}

/** Looks at every part of the way from the microphone to the gateway; 1 where one is bad. */
export async function examine(call: EdgeCall, settings: EdgeSettings): Promise<Result<number>> {
  const found = [
    ...(await soundFindings(call, settings)),
    speechFinding(settings),
    ...(await gatewayFindings(call, settings)),
    speakerFinding(call, settings),
  ];
  if (call.flags.json === true) call.out.write(`${JSON.stringify(found)}\n`);
  else
    for (const { part, state, text } of found)
      call.out.write(`${state.padEnd(4)}  ${part.padEnd(10)}  ${visible(text)}\n`);
  return ok(found.some(({ state }) => state === 'bad') ? 1 : 0);
}

async function soundFindings({ env }: EdgeCall, settings: EdgeSettings): Promise<readonly Finding[]> {
  const found = await openSource(settings, env, systemClock, () => {});
  if (!found.ok) return [{ part: 'microphone', state: 'bad', text: found.error.message }];
  await using ears = found.value;
  if (ears.url !== null) return [{ part: 'microphone', state: 'ok', text: 'a page of this machine: its port is free' }];
  const stop = AbortSignal.timeout(LISTEN_MS);
  const opened = await ears.source.open(settings.frameMs, stop);
  if (!opened.ok) return [{ part: 'microphone', state: 'bad', text: opened.error.message }];
  const detector = await openDetector(settings);
  if (!detector.ok) return [{ part: 'detector', state: 'bad', text: detector.error.message }];
  using vad = detector.value;
  let [frames, voiced, loudest] = [0, 0, 0];
  for await (const heard of opened.value) {
    if (heard.type !== 'frame') continue;
    frames++;
    if (vad.isVoiced(heard.samples)) voiced++;
    for (const sample of heard.samples) loudest = Math.max(loudest, Math.abs(sample));
    if (frames * settings.frameMs >= LISTEN_MS) break;
  }
  const { name } = ears.source;
  if (frames === 0) {
    const text = `${name} gives no sound: choose another with --device (tutti edge devices lists them)`;
    return [{ part: 'microphone', state: 'bad', text }];
  }
  const level = Math.round(20 * Math.log10(loudest / 32_768 + 1e-5));
  const isSilent = level < SILENT_DB;
  const quiet = `${name} is silent (${level} dB): is it muted, or is another one meant (--device)?`;
  return [
    { part: 'microphone', state: isSilent ? 'warn' : 'ok', text: isSilent ? quiet : `${name}, loudest ${level} dB` },
    { part: 'detector', state: 'ok', text: `mode ${settings.vad.mode}: speech in ${voiced} of ${frames} frames` },
  ];
}

function speechFinding({ speech, isSimulated, model, key }: EdgeSettings): Finding {
  const part = 'speech';
  if (isSimulated) return { part, state: 'ok', text: `${speech}, simulated: needs no key` };
  const used = modelOf(speech, model);
  const judged = judgeSpeechModel(speech, used, systemClock.now());
  if (!judged.ok) return { part, state: 'bad', text: judged.error.message };
  if (key === '') return { part, state: 'bad', text: 'there is no key: put OPENAI_API_KEY=… into .env.local' };
  const text = `${speech} with ${used}; the key is there, and was not tried`;
  return { part, state: judged.value === null ? 'ok' : 'warn', text: judged.value ?? text };
}

async function gatewayFindings(call: EdgeCall, settings: EdgeSettings): Promise<readonly Finding[]> {
  const gateway = gatewayOf(settings, call)(AbortSignal.timeout(5_000));
  const part = 'gateway';
  if (!gateway.ok) return [{ part, state: 'bad', text: gateway.error.message }];
  const begun = performance.now();
  const health = await gateway.value.health();
  const took = Math.round(performance.now() - begun);
  if (!health.ok) {
    const how = settings.gateway
      ? `is it running there, and may this machine reach ${settings.gateway}?`
      : 'tutti up starts it';
    return [{ part, state: 'bad', text: `${health.error.message}: ${how}` }];
  }
  const jobs = await gateway.value.jobs();
  if (!jobs.ok) {
    const text = `it answers, but does not let us in (${jobs.error.message}): mend TUTTI_TOKEN or --token-file`;
    return [{ part, state: 'bad', text }];
  }
  return [
    { part, state: 'ok', text: `version ${health.value.version}, answers in ${took} ms` },
    await clockFinding(call, settings),
  ];
}

/** By the header `Date` of an answer, which has whole seconds. */
async function clockFinding(call: EdgeCall, settings: EdgeSettings): Promise<Finding> {
  const probe = gatewayOf(settings, call)(AbortSignal.timeout(5_000));
  const asked = systemClock.now();
  const date = probe.ok ? await probe.value.clock() : null;
  const part = 'clock';
  if (date === null) return { part, state: 'warn', text: 'the gateway does not tell its time' };
  const apart = Date.parse(date) + 500 - (asked + systemClock.now()) / 2;
  const seconds = Math.round(Math.abs(apart) / 1_000);
  if (Math.abs(apart) <= CLOCK_MS) return { part, state: 'ok', text: 'this machine and the gateway agree on the time' };
  const text = `the gateway’s clock is ${seconds} s ${apart > 0 ? 'ahead' : 'behind'}: let both set their time by the network`;
  return { part, state: 'warn', text };
}

function speakerFinding({ env }: EdgeCall, { speak, speech, player }: EdgeSettings): Finding {
  const part = 'speaker';
  if (speak === 'off') return { part, state: 'ok', text: 'off: nothing is said aloud' };
  const voice = systemVoice(process.platform, env.PATH);
  const found = player === null ? findPlayer(env.PATH) : ok(player);
  const isNeeded = speak === 'auto' && speech !== 'transcription';
  if (isNeeded && !found.ok) return { part, state: 'warn', text: found.error.message };
  if (!voice.ok) return { part, state: isNeeded ? 'ok' : 'warn', text: voice.error.message };
  const player_ = isNeeded && found.ok ? `${found.value[0]}, and ` : '';
  return { part, state: 'ok', text: `${player_}the system’s voice ${voice.value.name}` };
}
