/** What this browser keeps for the person: small words only. Where nothing can be kept, the page goes without. */
export function kept(name: string): string | null {
  try {
    return window.localStorage.getItem(`tutti-${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    window.localStorage.setItem(`tutti-${name}`, value);
  } catch {
    // The browser keeps nothing for pages: the choice holds until the page is left.
  }
}
