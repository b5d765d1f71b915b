/** What a piece of code is, as far as a line by itself tells. */
export type Tint = 'plain' | 'word' | 'string' | 'number' | 'comment';

export interface Piece {
  readonly tint: Tint;
  readonly text: string;
}

interface Language {
  readonly comment: string;
  readonly words: ReadonlySet<string>;
}

const words = (text: string) => new Set(text.split(' '));
const c = words(
  `abstract as async await break case catch class const continue default defer do else enum export extends false
final finally fn for from func function go goto if impl import in instanceof interface let match mod mut namespace new nil null
package private protected pub public readonly ref return self static struct super switch this throw throws trait true try type
typeof undefined union unsafe use using val var void when where while with yield`.replaceAll('\n', ' '),
);
const script = words(
  'and as assert async await begin break case class continue def del do done elif else elsif end ensure esac except export false False fi finally for from function global if import in is lambda local module None nil nonlocal not or pass raise require rescue return self then True true try unless until when while with yield',
);
const sql = words(
  'select from where insert into update delete create table index join left right inner outer on group by order having limit values set and or not null primary key references union as distinct SELECT FROM WHERE INSERT INTO UPDATE DELETE CREATE TABLE INDEX JOIN LEFT RIGHT INNER OUTER ON GROUP BY ORDER HAVING LIMIT VALUES SET AND OR NOT NULL PRIMARY KEY REFERENCES UNION AS DISTINCT',
);

const languages: readonly (readonly [extensions: string, Language])[] = [
  ['ts tsx js jsx mjs cjs c h cc cpp hpp cs java kt go rs swift scala dart php css scss', { comment: '//', words: c }],
  ['py rb sh bash zsh yaml yml toml ini conf pl r ex exs', { comment: '#', words: script }],
  ['sql', { comment: '--', words: sql }],
  ['json', { comment: '\u0000', words: words('true false null') }],
];

/** The language of a file by its name; null where it is shown as it is. */
export function languageOf(path: string): Language | null {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return languages.find(([extensions]) => extensions.split(' ').includes(extension))?.[1] ?? null;
}

/** Lines longer than this are shown as they are. Characters. */
const LONGEST = 2_000;
const pieces = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?|\d[\w.]*|[A-Za-z_$][\w$]*|[^"'`\w$]+|\$/g;

/** A line in its pieces; joined they are the line. Takes time in proportion to its length. */
export function tinted(line: string, language: Language | null): readonly Piece[] {
  if (!language || line.length > LONGEST) return [{ tint: 'plain', text: line }];
  const found: Piece[] = [];
  for (let match = pieces.exec(line); match; match = pieces.exec(line)) {
    const [text] = match;
    const at = text.indexOf(language.comment);
    const isCode = !/^["'`]/.test(text);
    if (isCode && at !== -1) {
      pieces.lastIndex = 0;
      const start = match.index + at;
      return [...found, { tint: 'plain', text: text.slice(0, at) }, { tint: 'comment', text: line.slice(start) }];
    }
    found.push({ tint: tintOf(text, language), text });
  }
  return found;
}

function tintOf(text: string, { words: known }: Language): Tint {
  if (/^["'`]/.test(text)) return 'string';
  if (/^\d/.test(text)) return 'number';
  return known.has(text) ? 'word' : 'plain';
}
