import { stripVTControlCharacters } from 'node:util';
import { type AgentEvent, clip, type Outcome, reviewAnswer } from '../../domain/agent-event.ts';
import type { ExitStatus, RunMode } from '../../domain/event.ts';
import type { Launch } from '../../ports/agent.ts';
import { failed } from '../../ports/run-stream.ts';

/** A finished turn: its last words are the answer, as a value when a schema was asked for. */
export function completedOutcome(
  answer: string | null,
  launch: Launch,
): { readonly outcome: Outcome; readonly events: readonly AgentEvent[] } {
  if (!answer?.trim()) {
    const message = 'Codex ended its turn without a word: resume the run and ask it to answer';
    return { outcome: failed('empty_answer', message), events: [] };
  }
  const structured = launch.answerSchema ? parsed(answer) : null;
  if (launch.answerSchema && structured === null) {
    const message = 'Codex did not answer in the JSON that was asked for: resume the run and ask again';
    return { outcome: failed('no_result', message), events: [] };
  }
  const events: AgentEvent[] = [];
  const review = launch.mode === 'review' ? reviewAnswer.safeParse(structured) : null;
  if (review?.success) events.push({ type: 'reviewed', answer: review.data });
  return { outcome: { kind: 'completed', answer, structured }, events };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the caller says so
  }
}

/** Trouble that only stderr tells. Null when the line is ordinary. */
export function stderrOutcome(line: string, mode: RunMode): Outcome | null {
  const broken = /could not create PATH aliases|bwrap: execvp codex-linux-sandbox/.test(line);
  if (!broken || mode === 'work') return null; // work does not use Codex's own sandbox
  const why =
    'Codex could not set up its sandbox, so it cannot read anything: set CODEX_HOME to a folder outside TMPDIR';
  return failed('sandbox', why);
}

/** A tool call that Codex itself refused: told on stderr and to the model, never as an event. Null for other lines. */
export function refusedTool(line: string): AgentEvent | null {
  const plain = stripVTControlCharacters(line);
  const why = /codex_core::tools::router: error=(.*)$/.exec(plain)?.[1];
  return why ? { type: 'notice', level: 'warning', text: `Codex refused a tool call: ${clip(why, 1024)}` } : null;
}

/** The process ended before the turn did. */
export function exitOutcome(exit: ExitStatus, stderr: string, opened: boolean): Outcome {
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  const how = exit.signal ? `by ${exit.signal}` : `with exit code ${exit.code}`;
  if (!opened && exit.code === 2) {
    return failed(
      'too_old',
      `this Codex does not know the app-server: update it with \`npm i -g @openai/codex\` (${last})`,
    );
  }
  const message = `Codex ended ${how} before its turn was over: resume the run${last ? ` (${last})` : ''}`;
  return failed('crashed', message);
}
