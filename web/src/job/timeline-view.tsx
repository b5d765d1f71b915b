import { type KeyboardEvent, useMemo, useState, type WheelEvent } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { JobState } from '../live/job-state.ts';
import { duration } from '../parts/format.ts';
import { drawn, moved, type Row, timelineOf, type Window, wholeOf, zoomed } from './timeline.ts';

/** Points across the width that the eye can tell apart. */
const STEPS = 800;
const TICKS = 6;

/** The waterfall: runs, tools, reviews, decisions, recoveries and questions over real time. */
export function Timeline({ state, now }: { readonly state: JobState; readonly now: number }) {
  const { session, tools, holds, version } = state;
  const [window, setWindow] = useState<Window | null>(null);
  const whole = wholeOf(session, now);
  const shown = window ?? whole;
  const time = session.ended ? session.lastAt : now;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for all that has come
  const rows = useMemo(() => timelineOf(session, tools.all, holds.all), [version]);
  const zoom = (factor: number, around = (shown.from + shown.to) / 2) => {
    const next = zoomed(shown, factor, around, whole);
    setWindow(next.to - next.from >= whole.to - whole.from ? null : next);
  };
  const wheel = (event: WheelEvent<HTMLElement>) => {
    if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
    const box = event.currentTarget.getBoundingClientRect();
    const around = shown.from + ((event.clientX - box.left) / box.width) * (shown.to - shown.from);
    if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.3 : 1 / 1.3, around);
    else setWindow(moved(shown, event.deltaY > 0 ? 0.1 : -0.1, whole));
  };
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => zoom(1.5),
    '-': () => zoom(1 / 1.5),
    '0': () => setWindow(null),
    ArrowLeft: () => setWindow(moved(shown, -0.2, whole)),
    ArrowRight: () => setWindow(moved(shown, 0.2, whole)),
  };
  const press = (event: KeyboardEvent) => {
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  if (rows.length === 0) return <p className="none">Nothing has begun yet.</p>;
  return (
    <section aria-label="Timeline" className="timeline">
      <p className="tools">
        <button type="button" onClick={() => zoom(1.5)}>
          Zoom in
        </button>
        <button type="button" onClick={() => zoom(1 / 1.5)}>
          Zoom out
        </button>
        <button type="button" onClick={() => setWindow(null)} disabled={window === null}>
          All
        </button>
        <span className="quiet">
          {duration(shown.to - shown.from)} shown; keys + − 0 ← →, or the wheel with Ctrl or Shift
        </span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the timeline need a place to be pressed */}
      <figure className="waterfall" aria-label="Waterfall" tabIndex={0} onKeyDown={press} onWheel={wheel}>
        <Scale window={shown} start={whole.from} />
        {rows.map((row) => (
          <TimelineRow key={row.id} row={row} window={shown} now={time} />
        ))}
      </figure>
    </section>
  );
}

function Scale({ window: { from, to }, start }: { readonly window: Window; readonly start: number }) {
  const marks = Array.from({ length: TICKS }, (_, i) => from + ((to - from) * i) / TICKS);
  return (
    <div className="row scale" aria-hidden="true">
      <span />
      <div className="track">
        {marks.map((at, i) => (
          <span key={at} className="mark" ref={placed(i / TICKS, 0)}>
            {duration(Math.max(0, at - start))}
          </span>
        ))}
      </div>
    </div>
  );
}

function TimelineRow({ row, window, now }: { readonly row: Row; readonly window: Window; readonly now: number }) {
  return (
    <div className={`row row-${row.kind}`}>
      <span className="label">{visible(row.label)}</span>
      <ul className="track" aria-label={visible(row.label)}>
        {drawn(row.bars, window, now, STEPS).map(({ left, width, bar, more }) => (
          <li
            key={`${bar.from} ${bar.words}`}
            className={`bar tone-${bar.tone}${bar.to === null ? ' open' : ''}`}
            ref={placed(left, width)}
            title={more > 0 ? `${visible(bar.words)} and ${more} more` : visible(bar.words)}
          >
            <span className="unseen">
              {visible(bar.words)}, {bar.to === null ? 'going on' : duration(bar.to - bar.from)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where it lies, set by script: the page's policy allows no style attributes. */
function placed(left: number, width: number) {
  return (element: HTMLElement | null) => {
    element?.style.setProperty('left', `${left * 100}%`);
    if (width > 0) element?.style.setProperty('width', `${width * 100}%`);
  };
}
