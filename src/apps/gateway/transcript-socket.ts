import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../kit/clock.ts';
import type { Inner, InnerAnswer } from './inside.ts';

/** Frames that may wait for their answer; one more closes the socket (1008). */
const UNANSWERED_MAX = 64;
/** Answers that are not read; beyond it the reader is dropped. Bytes. */
const UNREAD_MAX = 1 << 20;
/** Who does not answer a ping until the next one is gone. Milliseconds. */
const PING_MS = 30_000;

/**
 * Speaks on an open socket: each text frame is a body of `POST /transcript`, answered in order by
 * `{"id", "status", "body"}`; the id counts the frames from 1. A frame without an answer may be sent again with its
 * idempotency key.
 */
export function converse(line: WebSocket, ask: (inner: Inner) => Promise<InnerAnswer>, clock: Clock): void {
  let heard = 0;
  let answered = 0;
  let turn = Promise.resolve();
  const answer = async (id: number, body: string): Promise<void> => {
    if (line.readyState !== line.OPEN) return;
    const { status, text } = await ask({ method: 'POST', path: '/transcript', body });
    answered++;
    line.send(JSON.stringify({ id, status, body: JSON.parse(text) }));
    if (line.bufferedAmount > UNREAD_MAX) line.terminate();
    // A token that was taken back, or a session that has ended.
    if (status === 401) line.close(1008, 'not signed in any more');
  };
  line.on('error', () => line.terminate());
  line.on('message', (data: RawData, isBinary) => {
    if (line.readyState !== line.OPEN) return;
    if (isBinary) return line.close(1003, 'text frames only');
    if (heard - answered >= UNANSWERED_MAX) return line.close(1008, 'too many frames without an answer: wait for some');
    const id = ++heard;
    const text = data.toString();
    turn = turn.then(() => answer(id, text)).catch(() => line.close(1011, 'the gateway could not do this'));
  });
  keepAlive(line, clock);
}

function keepAlive(line: WebSocket, clock: Clock): void {
  let isThere = true;
  let cancel = () => {};
  const beat = () => {
    if (!isThere) return line.terminate();
    isThere = false;
    line.ping();
    cancel = clock.after(PING_MS, beat);
  };
  cancel = clock.after(PING_MS, beat);
  line.on('pong', () => {
    isThere = true;
  });
  line.on('close', () => cancel());
}
