import { useEffect, useMemo, useState } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { visible } from '../../../src/kit/display.ts';
import { Rows } from '../parts/rows.tsx';
import { type DiffFile, type DiffLine, type DiffRow, type LineRow, type Note, readDiff, rowsOf } from './diff-text.ts';
import { languageOf, tinted } from './syntax.ts';

const ROW = 22;
/** Files above which all are closed at first. */
const OPEN_AT_FIRST = 60;

type Loaded =
  | { readonly kind: 'loading' }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'diff'; readonly files: readonly DiffFile[] };

interface ChangesProps {
  readonly job: string;
  readonly session: Session;
  /** A place a finding names, such as `src/a.ts:12`. */
  readonly place: string | null;
}

/** What the job, or one of its assignments, has changed. */
export function Changes({ job, session, place }: ChangesProps) {
  const [part, setPart] = useState('');
  const parts = [...session.works.values()].filter(({ worktree }) => worktree !== null);
  const stamp = part === '' ? session.integrated?.commit : session.works.get(part)?.commit;
  const [again, setAgain] = useState(0);
  const notes = useMemo(() => notesOf(session), [session]);
  const loaded = useDiff(job, part, `${stamp} ${again}`);
  return (
    <section aria-label="Changes" className="changes">
      <p className="tools">
        <label>
          Of{' '}
          <select value={part} onChange={(event) => setPart(event.target.value)}>
            <option value="">the whole job</option>
            {parts.map(({ assignment: { id, agent } }) => (
              <option key={id} value={id}>{`${id} (${agent})`}</option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => setAgain(again + 1)}>
          Load again
        </button>
      </p>
      {loaded.kind === 'loading' && <p className="none">Loading …</p>}
      {loaded.kind === 'none' && <p className="none">{loaded.why}</p>}
      {loaded.kind === 'diff' && <Diff key={`${part} ${stamp}`} files={loaded.files} place={place} notes={notes} />}
    </section>
  );
}

/** What reviewers have found, by the lines they name. */
function notesOf({ reviews }: Session): readonly Note[] {
  return [...reviews.values()].flatMap(({ answers }) =>
    answers.flatMap(({ reviewer, issues }) =>
      issues.flatMap(({ file, line, severity, description }) =>
        file && line ? [{ path: file, line, text: `${reviewer} (${severity}): ${description}` }] : [],
      ),
    ),
  );
}

function useDiff(job: string, part: string, stamp: string): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: loaded anew when the commit is another one
  useEffect(() => {
    const gone = new AbortController();
    const query = part === '' ? '' : `?assignment=${encodeURIComponent(part)}`;
    fetch(`/api/v1/${encodeURIComponent(job)}/diff${query}`, { signal: gone.signal }).then(
      async (response) => {
        if (response.ok) return setLoaded({ kind: 'diff', files: readDiff(await response.text()) });
        const { detail } = (await response.json()) as { readonly detail?: string };
        setLoaded({ kind: 'none', why: detail ?? `the gateway answered ${response.status}` });
      },
      () => gone.signal.aborted || setLoaded({ kind: 'none', why: 'the gateway does not answer: load again' }),
    );
    return () => gone.abort();
  }, [job, part, stamp]);
  return loaded;
}

interface DiffProps {
  readonly files: readonly DiffFile[];
  readonly place: string | null;
  readonly notes: readonly Note[];
}

function Diff({ files, place, notes }: DiffProps) {
  const [closed, setClosed] = useState<ReadonlySet<number>>(
    () => new Set(files.length > OPEN_AT_FIRST ? files.keys() : []),
  );
  const [isSplit, setSplit] = useState(false);
  const rows = useMemo(() => rowsOf(files, closed, isSplit, notes), [files, closed, isSplit, notes]);
  const at = rowAt(rows, place);
  const toggle = (index: number) => {
    const next = new Set(closed);
    if (!next.delete(index)) next.add(index);
    setClosed(next);
  };
  if (files.length === 0) return <p className="none">Nothing was changed.</p>;
  const [added, removed] = [sum(files, ({ added: n }) => n), sum(files, ({ removed: n }) => n)];
  return (
    <>
      <p className="tools">
        <span>
          {files.length} files, <span className="plus">+{added}</span> <span className="minus">−{removed}</span>
        </span>
        <label>
          <input type="checkbox" checked={isSplit} onChange={(event) => setSplit(event.target.checked)} /> Side by side
        </label>
        <button type="button" onClick={() => setClosed(new Set(files.keys()))}>
          Close all
        </button>
        <button type="button" onClick={() => setClosed(new Set())}>
          Open all
        </button>
      </p>
      <Rows
        label="Diff"
        count={rows.length}
        height={ROW}
        at={at}
        row={(index) => (
          <div className={index === at ? 'marked' : ''}>
            <Row row={rows[index]} closed={closed} toggle={toggle} isSplit={isSplit} />
          </div>
        )}
      />
    </>
  );
}

function sum(files: readonly DiffFile[], of: (file: DiffFile) => number): number {
  return files.reduce((all, file) => all + of(file), 0);
}

/** The row of a place such as `src/a.ts:12`; that of the file where the line is not part of the change. */
function rowAt(rows: readonly DiffRow[], place: string | null): number | null {
  const [, path, line] = /^(.*?)(?::(\d+))?$/.exec(place ?? '') ?? [];
  if (!path) return null;
  const exact = rows.findIndex(
    (row) => row.type === 'line' && row.file.path === path && row.right?.now === Number(line),
  );
  const found = exact === -1 ? rows.findIndex((row) => row.type === 'file' && row.file.path === path) : exact;
  return found === -1 ? null : found;
}

interface RowProps {
  readonly row: DiffRow | undefined;
  readonly closed: ReadonlySet<number>;
  readonly toggle: (index: number) => void;
  readonly isSplit: boolean;
}

function Row({ row, closed, toggle, isSplit }: RowProps) {
  if (!row) return null;
  if (row.type === 'hunk') return <p className="hunk">{`⋯ ${visible(row.place)}`}</p>;
  if (row.type === 'note')
    return (
      <p className="note" title={visible(row.text)}>
        {visible(row.text)}
      </p>
    );
  if (row.type === 'line') return <Line row={row} isSplit={isSplit} />;
  const { file, index } = row;
  const name = visible(file.from === null ? file.path : `${file.from} → ${file.path}`);
  return (
    <button type="button" className="file" aria-expanded={!closed.has(index)} onClick={() => toggle(index)}>
      <span>{name}</span> <span className="quiet">{file.isBinary ? `${file.what}, binary` : file.what}</span>{' '}
      <span className="plus">+{file.added}</span> <span className="minus">−{file.removed}</span>
    </button>
  );
}

function Line({ row, isSplit }: { readonly row: LineRow; readonly isSplit: boolean }) {
  const { file, left, right } = row;
  return (
    <div className={isSplit ? 'code split' : 'code'}>
      {isSplit && <Side line={left} number={left?.old ?? null} path={file.path} />}
      <Side line={right} number={right?.now ?? right?.old ?? null} path={file.path} />
    </div>
  );
}

const signs = { same: ' ', added: '+', removed: '−', mark: ' ' } as const;

function Side(props: { readonly line: DiffLine | null; readonly number: number | null; readonly path: string }) {
  const { line, number, path } = props;
  if (!line) return <span className="side empty" />;
  return (
    <span className={`side ${line.kind}`}>
      <span className="number">{number}</span>
      <span className="sign">{signs[line.kind]}</span>
      <code>
        {tinted(line.text, line.kind === 'mark' ? null : languageOf(path)).map(({ tint, text }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never change their order
          <span key={i} className={`tint-${tint}`}>
            {shown(text)}
          </span>
        ))}
      </code>
    </span>
  );
}

/** Tabs stay; whatever would be obeyed or hidden is shown by its code. */
function shown(text: string): string {
  return text.split('\t').map(visible).join('\t');
}
