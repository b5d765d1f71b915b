/**
 * Replaces `{name}` by its value; braces that name no value stay as they are, values are never filled again. A slot that
 * is a paragraph of its own goes with its paragraph when its value is empty.
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const given = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const kept = template.replace(/^\{([a-z]+)\}\n\n/gm, (whole, name: string) => (given(name) === '' ? '' : whole));
  return kept.replace(/\{([a-z]+)\}/g, (whole, name: string) => given(name) ?? whole);
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** The shortest fence; longer than any that people draw by hand. */
const FENCE = 12;

/** Words of others between two lines of tildes, longer than any run of tildes in them: nothing in them ends the data. */
export function fenced(words: string): string {
  let longest = FENCE - 1;
  for (const [run] of words.matchAll(/~+/g)) longest = Math.max(longest, run.length);
  const fence = '~'.repeat(longest + 1);
  return `${fence}\n${words}${words.endsWith('\n') ? '' : '\n'}${fence}`;
}
