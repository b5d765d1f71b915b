import { ledger, ledgerGroups } from '../../domain/cost/ledger.ts';
import { systemClock } from '../../kit/clock.ts';
import { amount, visible } from '../../kit/display.ts';
import { type Command, numberFlag, textFlag, wrongCall } from './command.ts';
import { storeFlags, withStore } from './store.ts';

const DAY_MS = 24 * 3_600_000;

export const costs: Command = {
  name: 'costs',
  summary: 'Show what the agents have cost: by agent, job, trace or day.',
  usage: 'costs [--by agent|job|trace|day] [--days N]',
  words: [0, 0],
  flags: {
    by: { type: 'string', value: 'WHAT', help: 'agent, job, trace or day (default: day)' },
    days: { type: 'string', value: 'N', help: 'How far back (default: 30)' },
    json: { type: 'boolean', help: 'Print JSON' },
    ...storeFlags,
  },
  examples: ['tutti costs --by agent --days 7'],
  async run(context) {
    const given = textFlag(context.flags, 'by') ?? 'day';
    const by = ledgerGroups.find((one) => one === given);
    if (!by) return wrongCall(context, `--by is ${ledgerGroups.join(', ')}, not "${given}"`);
    const days = numberFlag(context.flags, 'days', 0.001, 100_000);
    if (!days.ok) return wrongCall(context, days.error.message);
    return withStore(context, async (store) => {
      const since = systemClock.now() - (days.value ?? 30) * DAY_MS;
      const rows = ledger((await store?.engine.costs(since)) ?? [], by, localDay);
      if (context.flags.json === true) context.out.write(`${JSON.stringify(rows)}\n`);
      else if (rows.length === 0) context.out.write('no agent has run in this time\n');
      else for (const row of rows) context.out.write(`${line(row)}\n`);
      return 0;
    });
  },
};

function localDay(at: number): string {
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function line({ name, runs, usd, input_tokens, output_tokens, unknown }: ReturnType<typeof ledger>[number]): string {
  const more = unknown > 0 ? ` and more: ${unknown} run(s) told no cost` : '';
  const tokens = `${amount(input_tokens)} in, ${amount(output_tokens)} out`;
  return `${visible(name).padEnd(28)} ${String(runs).padStart(4)} run(s)  ${tokens.padEnd(24)} $${usd.toFixed(4)}${more}`;
}
