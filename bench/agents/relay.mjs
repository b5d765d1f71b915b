// The floor of `bench/lines.ts`: starts the agents and copies their lines to a socket, without reading or keeping them.
// Arguments: port, then one JSON command for each agent.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';

const [port, ...commands] = process.argv.slice(2);
const socket = connect(Number(port), '127.0.0.1').setNoDelay();
let open = commands.length;
for (const text of commands) {
  const [program, ...args] = JSON.parse(text);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    if (lines.length > 0) socket.write(`${lines.join('\n')}\n`);
  });
  child.on('close', () => --open === 0 && socket.end());
}
