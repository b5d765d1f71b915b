import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';

interface RowsProps {
  readonly label: string;
  readonly count: number;
  /** Height of each row in pixels. */
  readonly height: number;
  readonly row: (index: number) => ReactNode;
  /** A row to go to. */
  readonly at?: number | null;
  /** Keeps the last row in sight. */
  readonly follows?: boolean;
  readonly leave?: () => void;
  readonly role?: 'log';
}

/** A long list of which only what is seen is drawn. */
export function Rows({ label, count, height, row, at = null, follows = false, leave, role }: RowsProps) {
  const place: RefObject<HTMLElement | null> = useRef(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => place.current,
    estimateSize: () => height,
    overscan: 20,
  });
  useEffect(() => {
    if (at !== null) rows.scrollToIndex(at, { align: 'center' });
  }, [at, rows]);
  useEffect(() => {
    if (follows && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [follows, count, rows]);
  return (
    <section
      ref={place}
      className="list"
      role={role}
      aria-live={role && 'off'}
      aria-label={label}
      tabIndex={0}
      onWheel={(event) => event.deltaY < 0 && leave?.()}
      onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && leave?.()}
    >
      <div className="all" ref={(element) => element?.style.setProperty('height', `${rows.getTotalSize()}px`)}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            className="placed"
            ref={(element) => element?.style.setProperty('transform', `translateY(${start}px)`)}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </section>
  );
}
