type Listener = () => void;

/** Tells listeners of changes at most once for each frame that is drawn, however many there were. */
export class Redraw {
  readonly #listeners = new Set<Listener>();
  #asked = false;

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const tell = () => {
      this.#asked = false;
      for (const listener of this.#listeners) listener();
    };
    // A page in the background draws no frames, but its title and notifications go on.
    if (document.hidden) window.setTimeout(tell, 250);
    else window.requestAnimationFrame(tell);
  }
}
