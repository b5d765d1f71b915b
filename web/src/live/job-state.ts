import type { Cursor } from '../../../src/domain/cursor.ts';
import type { Recorded } from '../../../src/domain/event.ts';
import { evolve } from '../../../src/domain/evolve.ts';
import { emptySession, type Session } from '../../../src/domain/session.ts';
import { BrowserSteps } from './browser-steps.ts';
import { agentOf, EventLog, type Fetch } from './event-log.ts';
import { Redraw } from './frame.ts';
import { HoldSpans } from './hold-spans.ts';
import { ToolSpans } from './tool-spans.ts';

/**
 * What is known of one job: the session, folded as the gateway folds it, and its log. It does not matter whether the
 * events come as they happen or out of the journal of a job long over.
 */
export class JobState {
  readonly redraw: Redraw;
  readonly tools = new ToolSpans();
  readonly holds = new HoldSpans();
  readonly browser = new BrowserSteps();
  readonly log: EventLog;
  session: Session = emptySession;
  cursor: Cursor | null = null;
  /** Changes with every event: what memoised views depend on. */
  version = 0;

  constructor(fetchPage: Fetch, redraw = new Redraw()) {
    this.redraw = redraw;
    this.log = new EventLog(fetchPage, () => {
      this.version += 1;
      this.redraw.ask();
    });
  }

  take(events: readonly Recorded[]): void {
    for (const recorded of events) {
      const { event, at, cursor } = recorded;
      this.session = evolve(this.session, event, at);
      const run = 'run' in event && typeof event.run === 'string' ? event.run : null;
      this.log.add(recorded, agentOf(event) || (this.session.runs.get(run ?? '')?.agent ?? ''));
      this.tools.take(event, at);
      this.holds.take(event, at);
      this.browser.take(event, at);
      this.cursor = cursor;
    }
    this.version += events.length;
    this.redraw.ask();
  }
}
