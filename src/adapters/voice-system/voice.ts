import { spawn } from 'node:child_process';
import { findProgram } from '../../kit/program.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { Voice } from '../../ports/speaker.ts';

/** More is not said at once. Characters. */
const WORDS_MAX = 1_000;

/** The words come on the standard input, never as an argument or as a part of a script: they are of others. */
const SAPI =
  'Add-Type -AssemblyName System.Speech; [Console]::InputEncoding = [Text.Encoding]::UTF8; ' +
  '(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())';

const voices: readonly (readonly string[])[] = [
  ['espeak-ng', '--stdin'],
  ['espeak', '--stdin'],
  ['say', '-f', '-'],
  ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', SAPI],
];

/** The voice of this system; refuses with what to install. */
export function systemVoice(platform: NodeJS.Platform, path: string | undefined): Result<Voice, Refusal> {
  const usable = voices.filter(([program]) => program !== 'say' || platform === 'darwin');
  const found = usable.find(([program = '']) => {
    return (platform === 'win32' && program === 'powershell.exe') || findProgram(program, path) !== null;
  });
  if (found) return ok(commandVoice(found));
  return refuse(
    'no_voice',
    'this system has no voice: install espeak-ng (apt install espeak-ng), or choose --speak off',
  );
}

/** A voice that is a program which says what it is given on its standard input. */
export function commandVoice(command: readonly string[]): Voice {
  const [program = '', ...args] = command;
  return {
    name: program,
    say(words, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
        const cut = () => child.kill('SIGKILL');
        const done = () => {
          signal.removeEventListener('abort', cut);
          resolve();
        };
        signal.addEventListener('abort', cut, { once: true });
        child.on('error', done); // not there any more: nothing is said, and nothing waits
        child.on('close', done);
        child.stdin.on('error', () => {
          // It ended before it had read all: `close` follows.
        });
        child.stdin.end(words.slice(0, WORDS_MAX));
      });
    },
  };
}
