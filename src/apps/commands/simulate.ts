import { systemClock } from '../../kit/clock.ts';
import { type Command, portFlag, textFlag, wrongCall } from './command.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { simulate, simulateFlags } from './simulation.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'Serve simulated models (Anthropic, OpenAI and Gemini APIs) on a loopback port, from scenarios.',
  usage: 'simulate [--port N] [--scenario PATH]',
  words: [0, 0],
  flags: {
    port: { type: 'string', short: 'p', value: 'N', help: 'Port (default: any free one)' },
    scenario: simulateFlags.scenario ?? { type: 'string', help: '' },
  },
  async run(context) {
    const port = portFlag(context.flags);
    if (!port.ok) return wrongCall(context, port.error.message);
    try {
      const simulator = await simulate(textFlag(context.flags, 'scenario'), port.value ?? 0);
      if (!simulator.ok) return wrongCall(context, simulator.error.message);
      context.out.write(`simulated models at ${simulator.value.url}\n`);
      context.out.write(`ANTHROPIC_BASE_URL=${simulator.value.url} GOOGLE_GEMINI_BASE_URL=${simulator.value.url}\n`);
      await new Promise<void>((resolve) => onInterrupt(systemClock, resolve, leave));
      await simulator.value.close();
      return 0;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code ?? String(error)})`;
      return wrongCall(context, `port ${port.value ?? 0} ${why}; choose another with --port`);
    }
  },
};
