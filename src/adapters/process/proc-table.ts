import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Pids of all processes whose environment holds `name=value` exactly, without our own. Linux reads /proc, others ask ps. */
export function pidsMarked(name: string, value: string): number[] {
  const mark = `${name}=${value}`;
  return process.platform === 'linux' ? fromProc(mark) : fromPs(mark);
}

function fromProc(mark: string): number[] {
  const wanted = Buffer.from(mark);
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => pid !== process.pid && carries(pid, wanted));
}

function carries(pid: number, wanted: Buffer): boolean {
  try {
    return holds(readFileSync(`/proc/${pid}/environ`), wanted) && !isZombie(pid);
  } catch {
    return false; // gone meanwhile, or another user's process: neither is ours to end
  }
}

/** Signals a process that was found by its mark. It is looked at again: its pid may be another's by now. */
export function sendMarked(pid: number, name: string, value: string, signal: NodeJS.Signals): boolean {
  if (process.platform === 'linux' && !carries(pid, Buffer.from(`${name}=${value}`))) return false;
  return send(pid, signal);
}

function holds(environ: Buffer, wanted: Buffer): boolean {
  for (let at = environ.indexOf(wanted); at !== -1; at = environ.indexOf(wanted, at + 1)) {
    const startsEntry = at === 0 || environ[at - 1] === 0;
    const end = at + wanted.length;
    if (startsEntry && (end === environ.length || environ[end] === 0)) return true;
  }
  return false;
}

function isZombie(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.charAt(stat.lastIndexOf(')') + 2) === 'Z';
}

function fromPs(mark: string): number[] {
  if (process.platform === 'win32') return [];
  const out = execFileSync('ps', ['-axEwwo', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return out
    .split('\n')
    .filter((line) => ` ${line} `.includes(` ${mark} `))
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => pid !== process.pid);
}

/** Start time and boot id, which tell a process from a later one with the same pid; null where unknown. */
export function identityOf(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${startTicks}`;
  } catch {
    return null;
  }
}

/** Linux tells processor time in ticks of this length on every architecture Node runs on. Milliseconds. */
const TICK_MS = 10;

/** Processor time of a process, its ended children included, in milliseconds; null when it is gone. Linux only. */
export function spentMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
    return (user + system + childUser + childSystem) * TICK_MS;
  } catch {
    return null;
  }
}

/** Sends a signal; false when the process is gone or not ours. A negative pid means its group. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
