import type { Session } from '../../domain/session.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { type TracePart, traceView } from '../../wire/trace-view.ts';
import type { Context } from './command.ts';
import { nextCall } from './hint.ts';
import type { Host } from './host.ts';

/** The summary of a job, and what can be done next. */
export function tellEnd(context: Context, place: Host, job: string, session: Session): void {
  context.out.write(`\n${shown(session.ended?.summary ?? '')}\n`);
  const unchanged = session.integrated?.change.files === 0 ? '\nThe job changed no file.\n' : '';
  const next = nextSteps(context, place, job, session);
  context.out.write(`${unchanged}${next === '' || unchanged !== '' ? '' : '\n'}${next}`);
}

/** What all jobs of an utterance have come to together, and what can be done next with each of them. */
export function tellTogether(context: Context, place: Host, parts: readonly TracePart[]): void {
  const { out, flags } = context;
  const [first] = parts;
  if (!first) return;
  const data = traceView(first.record.spec.trace_id, parts, systemClock.now());
  if (flags.json === true) {
    if (data.is_complete) out.write(`${JSON.stringify({ type: 'trace.completed', data })}\n`);
    return;
  }
  const open = data.jobs.map(({ task_type, status, instruction }) => `${task_type} (${status}): ${instruction}`);
  const summary = data.summary ?? [`${data.completed} of ${data.total} jobs completed.`, ...open].join('\n');
  out.write(`\n${shown(summary)}\n`);
  for (const { record, session } of parts) {
    const next = session.ended ? nextSteps(context, place, record.spec.job_id, session) : '';
    if (next !== '') out.write(`\nNext, ${visible(record.spec.skill)}:\n${next}`);
  }
}

function nextSteps(context: Context, place: Host, job: string, { ended, integrated }: Session): string {
  const call = (verb: string) => nextCall(context, place.folder, `${verb} ${job}`);
  const isDone = ended?.status === 'completed';
  const hasChange = integrated !== null && integrated.change.files > 0;
  const take = isDone ? `Take it: ${call('apply')}\n` : `Take it all the same: ${call('apply')} --force\n`;
  const goOn = isDone ? '' : `Go on with it: ${call('resume')}\n`;
  return `${hasChange ? `See it:  ${call('diff')}\n${take}` : ''}${goOn}`;
}

function shown(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
