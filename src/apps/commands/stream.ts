import { createReadStream } from 'node:fs';
import { readLine } from '../../adapters/agent-events/line.ts';
import { type CutLine, LineCutter } from '../../kit/lines.ts';
import { never } from '../../kit/never.ts';
import { RpcPeer } from '../../kit/rpc.ts';
import { type Command, textFlag, wrongCall } from './command.ts';

const protocols = ['events', 'claude', 'codex', 'acp'] as const;
type Protocol = (typeof protocols)[number];

/** The longest line a driver of the protocol takes. Bytes. */
const longestLine: Readonly<Record<Protocol, number>> = {
  events: 1 << 20,
  claude: 16 << 20,
  codex: 8 << 20,
  acp: 8 << 20,
};

interface Count {
  readonly file: string;
  events: number;
  malformed: number;
  bytes: number;
}

export const stream: Command = {
  name: 'stream',
  summary: 'Check recorded protocol lines: how many are events, how many are malformed. Memory stays bounded.',
  usage: 'stream check FILE… [--protocol events|claude|codex|acp]',
  words: [2, 1_000],
  flags: { protocol: { type: 'string', value: 'NAME', help: 'events (default), claude, codex or acp' } },
  examples: ['tutti stream check run.jsonl --protocol claude'],
  async run(context) {
    const [verb, ...files] = context.words;
    if (verb !== 'check') return wrongCall(context, 'usage: tutti stream check FILE… [--protocol NAME]');
    const given = textFlag(context.flags, 'protocol') ?? 'events';
    const protocol = protocols.find((name) => name === given);
    if (!protocol) return wrongCall(context, `--protocol takes ${protocols.join(', ')}, not "${given}"`);
    for (const file of files) {
      try {
        context.out.write(`${JSON.stringify(await countFile(file, protocol))}\n`);
      } catch (error) {
        return wrongCall(context, `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
      }
    }
    return 0;
  },
};

async function countFile(file: string, protocol: Protocol): Promise<Count> {
  const count: Count = { file, events: 0, malformed: 0, bytes: 0 };
  const cutter = new LineCutter(longestLine[protocol]);
  const isEvent = reader(protocol);
  const take = (line: CutLine) => (isEvent(line) ? count.events++ : count.malformed++);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    count.bytes += chunk.length;
    for (const line of cutter.push(chunk)) take(line);
  }
  const last = cutter.end();
  if (last) take(last);
  return count;
}

function reader(protocol: Protocol): (line: CutLine) => boolean {
  switch (protocol) {
    // Claude Code's lines are held to the same shape as ours: an object with a type.
    case 'events':
    case 'claude':
      return (line) => readLine(line).kind === 'event';
    case 'codex':
    case 'acp': {
      const peer = new RpcPeer(async () => true, protocol === 'acp' ? '2.0' : null);
      // Recordings of `codex exec --json` have typed objects instead of messages.
      const typed = (line: CutLine) => protocol === 'codex' && readLine(line).kind === 'event';
      return (line) => line.kind === 'line' && (peer.read(line.text).kind !== 'malformed' || typed(line));
    }
    default:
      return never(protocol);
  }
}
