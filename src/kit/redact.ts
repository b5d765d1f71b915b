/** Takes secrets out of a text, which may be JSON: what was valid JSON stays valid. */
export type Redact = (text: string) => string;

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** A shorter value of a variable is no secret worth its name, and would tear holes into plain words. Characters. */
const SHORTEST = 8;

const secretName =
  /(?:^|_)(?:API_?KEY|KEY|TOKEN|PAT|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|DSN)(?:_?\d+)?$/i;

// A key begins at the edge of a word; in JSON that edge may be an escape such as \n, whose letter is no part of the word.
const edge = String.raw`(?:(?<![A-Za-z0-9_-])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))`;

/** Shapes of keys that are known to be secret. Source: the vendors' own prefixes. */
const shapes: readonly string[] = [
  'sk-[A-Za-z0-9_-]{16,}',
  'sk_(?:live|test)_[A-Za-z0-9]{16,}',
  'AIza[A-Za-z0-9_-]{30,}',
  'gh[pousr]_[A-Za-z0-9]{20,}',
  'github_pat_[A-Za-z0-9_]{20,}',
  'glpat-[A-Za-z0-9_-]{16,}',
  'npm_[A-Za-z0-9]{30,}',
  'xox[abeprs]-[A-Za-z0-9-]{10,}',
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  String.raw`ya29\.[A-Za-z0-9_-]{20,}`,
  String.raw`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`,
];

const known = new RegExp(
  [
    `${edge}(?:${shapes.join('|')})`,
    // Only what follows the word is taken: the word says what was there.
    `(?<=${edge}(?:[Bb]earer|[Bb]asic) )[A-Za-z0-9._~+/=-]{16,}`,
    '-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|(?=")|$)',
  ].join('|'),
  'g',
);

/** What every one of them holds: a text without it, as most are, needs no longer look. */
const hint =
  /sk[-_]|AIza|gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|AKIA|ASIA|ya29\.|eyJ|(?:earer|asic) |-----BEGIN/;

/**
 * Makes a redactor: it replaces the values of variables whose name says key, token, password or the like, and keys of
 * well-known shapes. Values that are paths are left, as they lead to a secret and are none.
 */
export function redactor(env: Readonly<Record<string, string | undefined>>): Redact {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecret(name, value) ? [value, JSON.stringify(value).slice(1, -1)] : [],
  );
  // The longest first: a secret may be the beginning of another.
  const longestFirst = [...new Set(values)].toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of longestFirst) if (clean.includes(value)) clean = clean.replaceAll(value, REDACTED);
    return hint.test(clean) ? clean.replace(known, REDACTED) : clean;
  };
}

function isSecret(name: string, value: string): boolean {
  return secretName.test(name) && value.length >= SHORTEST && !value.startsWith('/') && !/^[\d.]+$/.test(value);
}
