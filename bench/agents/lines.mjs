// An agent that prints `rate` events per second for `seconds`, each with the time at which it was printed.
const [rate, seconds] = process.argv.slice(2).map(Number);
const total = rate * seconds;
const now = () => performance.timeOrigin + performance.now();
const begin = now();
let sent = 0;

function pump() {
  const due = Math.min(total, Math.floor(((now() - begin) * rate) / 1000));
  for (; sent < due; sent++) {
    const data = { sent: now(), filler: 'x'.repeat(120) };
    process.stdout.write(`${JSON.stringify({ type: 'progress', payload: { text: `step ${sent}`, data } })}\n`);
  }
  if (sent < total) return setTimeout(pump, 1);
  process.stdout.write('{"type":"result","payload":{"text":""}}\n');
}
pump();
