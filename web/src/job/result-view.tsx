import { useRef, useState } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { visible } from '../../../src/kit/display.ts';
import { gateway } from '../live/gateway.ts';

type Mode = 'files' | 'merge' | 'squash';

const modes: Readonly<Record<Mode, { readonly label: string; readonly does: string }>> = {
  files: { label: 'Into the files', does: 'The change is written into your files; nothing is committed.' },
  merge: { label: 'As a merge', does: 'The change becomes a merge commit on your current branch.' },
  squash: { label: 'As one commit', does: 'The change becomes one commit on your current branch.' },
};

interface ResultProps {
  readonly job: string;
  readonly session: Session;
  readonly mayAsk: boolean;
}

/** What came of the job, and the ways of the change into the person's project. */
export function Result({ job, session, mayAsk }: ResultProps) {
  const { ended, integrated, verified, told } = session;
  const [said, setSaid] = useState<{ readonly text: string; readonly ok: boolean } | null>(null);
  const apply = async (mode: Mode | 'patch') => {
    const isDone = ended?.status === 'completed';
    const answer = await gateway.apply(job, isDone ? { mode } : { mode, force: true });
    if (!answer.ok) return setSaid({ text: answer.error.message, ok: false });
    const { files, commit, patch } = answer.value;
    if (mode === 'patch') return download(`${job}.patch`, patch ?? '');
    setSaid({ text: `${files.length} file(s) changed${commit ? `, commit ${commit.slice(0, 12)}` : ''}`, ok: true });
  };
  return (
    <section aria-label="Result">
      <p className="said">{visibleLines(ended?.summary ?? 'The job is not over yet.')}</p>
      {told && <p className="said">{visibleLines(told.written)}</p>}
      {integrated && (
        <p>
          {integrated.change.files} file(s), <span className="plus">+{integrated.change.insertions}</span>{' '}
          <span className="minus">−{integrated.change.deletions}</span> on the branch <code>{integrated.branch}</code>
          {verified && (verified.ok ? '; the check command passed' : '; the check command failed')}
        </p>
      )}
      {integrated && mayAsk && integrated.change.files > 0 && (
        <p className="tools">
          {(['files', 'merge', 'squash'] as const).map((mode) => (
            <Way key={mode} mode={mode} force={ended?.status !== 'completed'} apply={() => apply(mode)} />
          ))}
          <button type="button" onClick={() => apply('patch')}>
            Patch file
          </button>
        </p>
      )}
      <output aria-live="polite" className={said?.ok === false ? 'refused' : ''}>
        {said?.text}
      </output>
    </section>
  );
}

function Way(props: { readonly mode: Mode; readonly force: boolean; readonly apply: () => Promise<void> }) {
  const { mode, force, apply } = props;
  const { label, does } = modes[mode];
  const asks = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" onClick={() => asks.current?.showModal()}>
        {label}
      </button>
      <dialog ref={asks} aria-label={label}>
        <p>{does}</p>
        {force && <p className="refused">The job did not complete: look at its changes first.</p>}
        <form method="dialog" className="tools">
          <button type="submit" onClick={() => void apply()}>
            Apply
          </button>
          <button type="submit">Leave it</button>
        </form>
      </dialog>
    </>
  );
}

function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/x-diff' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
