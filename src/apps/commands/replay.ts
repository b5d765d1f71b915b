import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { START } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { type RecoveryRate, recoveryRates } from '../../domain/recovery/rates.ts';
import { type ReplayedDecision, replayDecisions } from '../../domain/review/replay.ts';
import { emptySession } from '../../domain/session.ts';
import { visible } from '../../kit/display.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Engine } from '../../ports/engine.ts';
import { readEvent } from '../../wire/event-json.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { storeFlags, withJob } from './store.ts';

const PAGE = 10_000;

export const replay: Command = {
  name: 'replay',
  summary:
    'Make every decision of a past job again from its journal, and show whether it is the same. Shows as well what became of its recoveries.',
  usage: 'replay JOB|FILE [options]',
  words: [1, 1],
  flags: {
    json: { type: 'boolean', help: 'Print the decisions as JSON; with --recoveries these instead' },
    recoveries: { type: 'boolean', help: 'Only the recoveries: per error pattern taken, cured, returned, escalated' },
    ...storeFlags,
  },
  examples: [
    'tutti events latest --json > job.jsonl',
    'tutti replay job.jsonl',
    'tutti replay latest --recoveries --json',
  ],
  async run(context) {
    const [name = ''] = context.words;
    if (existsSync(name)) {
      const journal = await readJournal(name);
      return journal.ok ? show(context, journal.value) : wrongCall(context, journal.error.message);
    }
    return withJob(context, async (job, engine) => show(context, await journalOf(engine, job.spec.job_id)));
  },
};

/** Everything that happened to a job, in order. */
export async function journalOf(engine: Engine, job: string): Promise<readonly Recorded[]> {
  const journal: Recorded[] = [];
  for (;;) {
    const page = await engine.page(job, journal.at(-1)?.cursor ?? START, PAGE);
    journal.push(...page);
    if (page.length < PAGE) return journal;
  }
}

async function readJournal(file: string): Promise<Result<readonly Recorded[]>> {
  const journal: Recorded[] = [];
  const lines = (await readFile(file, 'utf8')).split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const read = readEvent(line);
    if (!read.ok) return refuse('bad_line', `${file}, line ${i + 1}: ${read.error.message}`);
    journal.push(read.value);
  }
  return ok(journal);
}

function show({ out, flags }: Context, journal: readonly Recorded[]): number {
  const decisions = replayDecisions(journal);
  const rates = ratesOf(journal);
  const only = flags.recoveries === true;
  if (flags.json === true) out.write(`${JSON.stringify(only ? rates : decisions)}\n`);
  else out.write(`${only ? '' : decisionLines(decisions)}${recoveryLines(rates)}`);
  return only || decisions.every((decision) => decision.same) ? 0 : 1;
}

export function ratesOf(journal: readonly Recorded[]): readonly RecoveryRate[] {
  return recoveryRates(journal.reduce((session, { event, at }) => evolve(session, event, at), emptySession));
}

/** The decisions for people, one line each; never empty. */
export function decisionLines(decisions: readonly ReplayedDecision[]): string {
  if (decisions.length === 0) return 'no decision was made in this job\n';
  return decisions
    .map(({ cursor, review, inputs, recorded, recomputed, same }) => {
      const said =
        inputs.map(({ reviewer, verdict }) => `${reviewer}: ${verdict ?? 'no verdict'}`).join(', ') || 'no reviewer';
      const result = same ? `${recorded}, the same again` : `${recorded} then, ${recomputed} now`;
      return `${cursor.padEnd(8)} ${review}  ${visible(said)}  →  ${result}\n`;
    })
    .join('');
}

/** What became of the recoveries, one line for each error pattern; never empty. */
export function recoveryLines(rates: readonly RecoveryRate[]): string {
  if (rates.length === 0) return 'no recovery was needed in this job\n';
  return rates
    .map(({ pattern, issue, taken, cured, returned, escalated }) => {
      const open = taken - cured - returned;
      const parts = [
        `taken ${taken}, cured ${cured}`,
        returned > 0 ? `came again ${returned}` : '',
        open > 0 ? `not known yet ${open}` : '',
        escalated > 0 ? `escalated ${escalated}` : '',
      ];
      const name = pattern === null ? `${issue} (no pattern)` : `${pattern} (${issue})`;
      return `recovery ${visible(name)}: ${parts.filter((part) => part !== '').join(', ')}\n`;
    })
    .join('');
}
