import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { START } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { type ReplayedDecision, replayDecisions } from '../../domain/review/replay.ts';
import { visible } from '../../kit/display.ts';
import { readEvent } from '../../wire/job-view.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { storeFlags, withJob } from './store.ts';

const PAGE = 10_000;

export const replay: Command = {
  name: 'replay',
  summary: 'Make every decision of a past job again from its journal, and show whether it is the same.',
  usage: 'replay JOB|FILE',
  words: [1, 1],
  flags: { json: { type: 'boolean', help: 'Print JSON' }, ...storeFlags },
  examples: ['tutti events latest --json > job.jsonl', 'tutti replay job.jsonl'],
  async run(context) {
    const [name = ''] = context.words;
    if (existsSync(name)) return replayFile(context, name);
    return withJob(context, async (job, engine) => {
      const journal: Recorded[] = [];
      for (;;) {
        const page = await engine.page(job.spec.job_id, journal.at(-1)?.cursor ?? START, PAGE);
        journal.push(...page);
        if (page.length < PAGE) return show(context, replayDecisions(journal));
      }
    });
  },
};

async function replayFile(context: Context, file: string): Promise<number> {
  const journal: Recorded[] = [];
  const lines = (await readFile(file, 'utf8')).split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const read = readEvent(line);
    if (!read.ok) return wrongCall(context, `${file}, line ${i + 1}: ${read.error.message}`);
    journal.push(read.value);
  }
  return show(context, replayDecisions(journal));
}

function show({ out, flags }: Context, decisions: readonly ReplayedDecision[]): number {
  if (flags.json === true) out.write(`${JSON.stringify(decisions)}\n`);
  else if (decisions.length === 0) out.write('no decision was made in this job\n');
  else for (const decision of decisions) out.write(`${line(decision)}\n`);
  return decisions.every((decision) => decision.same) ? 0 : 1;
}

function line({ cursor, review, inputs, recorded, recomputed, same }: ReplayedDecision): string {
  const said =
    inputs.map(({ reviewer, verdict }) => `${reviewer}: ${verdict ?? 'no verdict'}`).join(', ') || 'no reviewer';
  const result = same ? `${recorded}, the same again` : `${recorded} then, ${recomputed} now`;
  return `${cursor.padEnd(8)} ${review}  ${visible(said)}  →  ${result}`;
}
