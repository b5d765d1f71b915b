import { useRef, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import { gateway } from '../live/gateway.ts';
import { useMe } from '../live/hooks.ts';
import { Copied } from '../parts/copied.tsx';
import { clockTime } from '../parts/format.ts';

interface Made {
  readonly url: string;
  readonly words: string;
}

/** A link by which somebody else looks at this job, and at nothing else. */
export function Share({ job }: { readonly job: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [wrong, setWrong] = useState('');
  const mayMake = useMe()?.scopes.includes('admin') === true;
  const make = async () => {
    setWrong('');
    const link = await gateway.signInLink({ job });
    if (!link.ok) return setWrong(link.error.message);
    const { url, valid_until, days } = link.value;
    setMade({ url, words: `It works once, until ${clockTime(valid_until)}, and shows the job for ${days} days.` });
  };
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Share …
      </button>
      <dialog ref={dialog} aria-label="Share the job" onClose={() => setMade(null)}>
        <p>Whoever follows such a link can look at this job, and can do nothing.</p>
        {!mayMake && <ByCommand job={job} />}
        {mayMake && made === null && (
          <button type="button" onClick={() => void make()}>
            Make a link
          </button>
        )}
        {made && (
          <>
            <Copied label="Link" text={made.url} />
            <p className="quiet">{made.words}</p>
          </>
        )}
        <p className="refused" role="alert">
          {visible(wrong)}
        </p>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}

/** For who is signed in to work but not to let others in. */
function ByCommand({ job }: { readonly job: string }) {
  return (
    <>
      <p>You are signed in to work here, not to let others in: run this where Tutti runs, it prints the link.</p>
      <Copied label="Command" text={`tutti open ${job} --share --print`} />
    </>
  );
}
