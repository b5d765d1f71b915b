import { text } from 'node:stream/consumers';
import { shippedRecoveries } from '../../adapters/package-files/recoveries.ts';
import { matchRecovery } from '../../domain/recovery/pattern.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Command, textFlag, wrongCall } from './command.ts';

export const recover: Command = {
  name: 'recover',
  summary:
    'Try the recovery patterns: what an agent said goes to stdin, the recovery it would get comes out as JSON, or null.',
  usage: 'recover match --agent NAME < TEXT',
  words: [1, 1],
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'Whose words they are: claude, codex, gemini or another agent' },
  },
  examples: ['codex exec "x" 2>&1 | tutti recover match --agent codex'],
  async run(context) {
    const agent = textFlag(context.flags, 'agent');
    if (context.words[0] !== 'match') return wrongCall(context, 'usage: tutti recover match --agent NAME < TEXT');
    if (!agent) return wrongCall(context, '--agent is needed: whose words are these?');
    const troubles = shippedRecoveries();
    if (!troubles.ok) return wrongCall(context, troubles.error.message);
    const now = systemClock.now();
    const localNow = now - new Date(now).getTimezoneOffset() * 60_000;
    const said = await text(process.stdin);
    // Nobody knows here where it was said, so every place is asked.
    const words = { cause: null, message: said, stderr: said, tool: said, notice: said, version: null };
    const recovery = matchRecovery(troubles.value, agent, words, localNow, null);
    context.out.write(`${JSON.stringify(recovery)}\n`);
    return 0;
  },
};
