import type { MouseEvent, ReactNode } from 'react';
import { addressOf, go, type Route } from '../route.ts';

interface LinkProps {
  readonly to: Partial<Route>;
  readonly children: ReactNode;
  readonly className?: string;
  readonly current?: boolean;
}

/** A link within the page: a real one, so that it can be kept, copied and opened elsewhere. */
export function Link({ to, children, className, current }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={addressOf(to)} onClick={follow} className={className} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}
