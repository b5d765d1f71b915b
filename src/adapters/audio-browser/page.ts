import { EARS_PATH } from './line.ts';

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tutti listens</title>
<link rel="stylesheet" href="/page.css">
<h1>Tutti</h1>
<p id="state" role="status">Press the button and allow the microphone.</p>
<p><button id="start">Start listening</button></p>
<p><label>Level <meter id="level" min="0" max="1" low="0.02" high="0.9" optimum="0.5"></meter></label></p>
<p><button id="mute" aria-pressed="false" disabled>Mute</button>
<button id="talk" aria-pressed="false" disabled hidden>Hold to talk (space)</button></p>
<p id="words"></p>
<script src="/page.js" type="module"></script>
</html>
`;

const css = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}
button{font:inherit;padding:.5rem 1rem}button[aria-pressed=true]{outline:3px solid}meter{width:60%}
`;

/** In the page: capture at 16 kHz, playing at 24 kHz, and one line to the edge that is opened again when it breaks. */
const script = `const el = (id) => document.getElementById(id);
const token = location.hash.slice(1);
let line = null, capture = null, player = null, stream = null, isMuted = false, again = 250;

el('start').onclick = async () => {
  el('start').disabled = true;
  try {
    // ?raw leaves the sound as it is: for measuring.
    const clean = !new URLSearchParams(location.search).has('raw');
    const audio = { channelCount: 1, sampleRate: 16000, echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean };
    stream = await navigator.mediaDevices.getUserMedia({ audio });
    const ears = new AudioContext({ sampleRate: 16000 });
    await ears.audioWorklet.addModule('/worklet.js');
    capture = new AudioWorkletNode(ears, 'capture', { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => {
      el('level').value = isMuted ? 0 : data.level;
      // A line that does not keep up loses sound here, not in an ever longer queue.
      if (line?.readyState === 1 && line.bufferedAmount < 64000 && !isMuted) line.send(data.frame);
    };
    ears.createMediaStreamSource(stream).connect(capture);
    const mouth = new AudioContext({ sampleRate: 24000 });
    await mouth.audioWorklet.addModule('/worklet.js');
    player = new AudioWorkletNode(mouth, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
    player.port.onmessage = ({ data }) => tell({ type: 'played', ...data });
    player.connect(mouth.destination);
    for (const id of ['mute', 'talk']) el(id).disabled = false;
    connect();
  } catch (error) {
    el('start').disabled = false;
    el('state').textContent = 'The microphone cannot be used: ' + error.message;
  }
};

function connect() {
  line = new WebSocket(location.origin.replace(/^http/, 'ws') + '${EARS_PATH}', ['tutti', 'bearer.' + token]);
  line.binaryType = 'arraybuffer';
  line.onopen = () => { again = 250; el('state').textContent = 'Listening.'; };
  line.onmessage = ({ data }) => {
    if (typeof data !== 'string') return player.port.postMessage({ pcm: data }, [data]);
    const message = JSON.parse(data);
    if (message.type === 'hello') capture.port.postMessage(message.samples);
    if (message.type !== 'view') return player.port.postMessage({ round: message.round });
    isMuted = message.isMuted;
    el('mute').setAttribute('aria-pressed', String(isMuted));
    el('talk').hidden = message.mode !== 'push';
    el('words').textContent = message.words;
  };
  line.onclose = ({ reason }) => {
    el('state').textContent = 'Not connected' + (reason ? ': ' + reason : '') + '. Trying again …';
    setTimeout(connect, again * (0.5 + Math.random() / 2));
    again = Math.min(again * 2, 5000);
  };
}

function tell(message) {
  if (line?.readyState === 1) line.send(JSON.stringify(message));
}

el('mute').onclick = () => {
  isMuted = !isMuted;
  el('mute').setAttribute('aria-pressed', String(isMuted));
  tell({ type: 'mute', on: isMuted });
};
let isTalking = false;
function talk(on) {
  if (on === isTalking || el('talk').hidden) return;
  isTalking = on;
  el('talk').setAttribute('aria-pressed', String(on));
  tell({ type: 'talk', on });
}
el('talk').onpointerdown = () => talk(true);
for (const name of ['pointerup', 'pointercancel', 'blur']) addEventListener(name, () => talk(false));
addEventListener('keydown', (event) => {
  if (event.code !== 'Space' || event.repeat || el('talk').hidden) return;
  event.preventDefault();
  talk(true);
});
addEventListener('keyup', (event) => event.code === 'Space' && talk(false));
`;

const worklet = `registerProcessor('capture', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(320);
    this.filled = 0;
    this.peak = 0;
    this.port.onmessage = ({ data }) => { this.frame = new Int16Array(data); this.filled = 0; };
  }
  process(inputs) {
    for (const sample of inputs[0][0] ?? []) {
      const cut = Math.max(-1, Math.min(1, sample));
      this.peak = Math.max(this.peak, Math.abs(cut));
      this.frame[this.filled++] = cut < 0 ? cut * 0x8000 : cut * 0x7fff;
      if (this.filled < this.frame.length) continue;
      const { length, buffer } = this.frame;
      this.port.postMessage({ frame: buffer, level: this.peak }, [buffer]);
      this.frame = new Int16Array(length);
      this.filled = 0;
      this.peak = 0;
    }
    return true;
  }
});
registerProcessor('player', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.waiting = [];
    this.at = 0;
    this.round = 0;
    this.played = 0;
    this.told = 0;
    this.port.onmessage = ({ data }) => {
      if (data.pcm) return this.waiting.push(new Int16Array(data.pcm));
      this.waiting = [];
      this.at = 0;
      this.round = data.round;
      this.played = 0;
      this.told = 0;
    };
  }
  process(_, [[out]]) {
    for (let i = 0; i < out.length && this.waiting.length > 0; i++) {
      out[i] = this.waiting[0][this.at++] / 0x8000;
      this.played++;
      if (this.at === this.waiting[0].length) { this.waiting.shift(); this.at = 0; }
    }
    if (this.played - this.told >= 2400 || (this.waiting.length === 0 && this.played !== this.told)) {
      this.told = this.played;
      this.port.postMessage({ round: this.round, samples: this.played });
    }
    return true;
  }
});
`;

/** The files of the page by their paths. */
export const pageFiles: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/': { type: 'text/html; charset=utf-8', text: html },
  '/page.css': { type: 'text/css; charset=utf-8', text: css },
  '/page.js': { type: 'text/javascript; charset=utf-8', text: script },
  '/worklet.js': { type: 'text/javascript; charset=utf-8', text: worklet },
};

/** Nothing from elsewhere, in no frame, and the microphone for this page alone. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;
