import type { EventOf, EventType } from './event.ts';
import type { Session } from './session.ts';

/** How events of these kinds change the session. Folds never refuse and never act. `at` is epoch milliseconds. */
export type Folds<T extends EventType> = {
  readonly [K in T]: (session: Session, event: EventOf<K>, at: number) => Session;
};
