const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: second, m: minute, h: hour, d: day };

/** `3 days 4 hours`, `17h3m12.5s`, `30`: a number without a unit counts seconds. */
const spans = /^["':\s]{0,4}((?:\d{1,9}(?:\.\d{1,9})?\s{0,2}(?:ms|[a-z]{1,8})?[,\s]{0,2}(?:and )?){1,5})/i;
const span = /(\d{1,9}(?:\.\d{1,9})?)\s{0,2}(ms|s|sec|second|m|min|minute|h|hr|hour|d|day)?s?(?![a-z])/gi;
const beginning = /(?:retry[-_ ]?(?:after|in|delay)|try again (?:in|after)|reset(?:s)? (?:in|after))/gi;
const clock =
  /(?:try again|reset(?:s)?)(?: at| on)? (?:([a-z]{3})[a-z]{0,6} (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}),?)?(?: at)? )?(\d{1,2})(?::(\d{2}))?\s?(am|pm)?(?![\w:])/i;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * How long a text says to wait: `retry after 30`, `in 2s`, `in 3 days 4 hours`, `at 8:33 AM`, `resets 3pm`, or
 * `at Nov 25th, 2026 8:33 AM` of the local calendar. Milliseconds; null when it names no time.
 * @param localNow epoch milliseconds shifted to local time
 */
export function waitNamedIn(text: string, localNow: number): number | null {
  for (const begun of text.matchAll(beginning)) {
    const rest = text.slice(begun.index + begun[0].length, begun.index + begun[0].length + 80);
    const said = spans.exec(rest)?.[1];
    const told = said === undefined ? null : sumOf(said);
    if (told !== null) return told;
  }
  return untilClock(text, localNow);
}

function sumOf(text: string): number | null {
  const parts = [...text.matchAll(span)];
  if (parts.length === 0) return null;
  const ms = parts.map(([, amount, unit]) => Number(amount) * (unitMs[shortUnit(unit)] ?? second));
  return Math.ceil(ms.reduce((sum, one) => sum + one, 0));
}

function shortUnit(unit: string | undefined): string {
  const word = unit?.toLowerCase() ?? 's';
  return word === 'ms' ? 'ms' : word.charAt(0);
}

function untilClock(text: string, localNow: number): number | null {
  const at = clock.exec(text);
  if (!at || (at[5] === undefined && at[6] === undefined)) return null; // a bare number is no hour
  const half = at[6]?.toLowerCase();
  const clockHour = Number(at[4]);
  const minutes = Number(at[5] ?? 0);
  if (minutes > 59 || clockHour > 24 || (half && (clockHour > 12 || clockHour < 1))) return null;
  const ofDay = ((clockHour % (half ? 12 : 24)) + (half === 'pm' ? 12 : 0)) * hour + minutes * minute;
  const date = at[1] === undefined ? null : dateOf(at[1], Number(at[2]), at[3], localNow);
  if (date !== null) return Math.max(0, date + ofDay - localNow);
  const then = Math.floor(localNow / day) * day + ofDay;
  return then > localNow ? then - localNow : then + day - localNow;
}

/** The start of a day of the calendar; without a year it is the next one to come. Null when there is no such month. */
function dateOf(name: string, dayOfMonth: number, year: string | undefined, localNow: number): number | null {
  const month = months.indexOf(name.toLowerCase());
  if (month < 0) return null;
  const thisYear = new Date(localNow).getUTCFullYear();
  const date = Date.UTC(year === undefined ? thisYear : Number(year), month, dayOfMonth);
  return year === undefined && date + day <= localNow ? Date.UTC(thisYear + 1, month, dayOfMonth) : date;
}
