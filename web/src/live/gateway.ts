import { TuttiClient } from '../../../src/wire/client.ts';
import { browserClock } from './clock.ts';

/** The gateway this page came from. The cookie of the sign-in says who asks. */
export const gateway = new TuttiClient({
  url: window.location.origin,
  token: null,
  clock: browserClock,
  fetch: window.fetch.bind(window),
});
