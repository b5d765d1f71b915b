import { useRef } from 'react';

/** How to speak a task: the voice edge listens on a page of its own, whose address only its person is told. */
export function Talk() {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Talk …
      </button>
      <dialog ref={dialog} aria-label="Talk to the team">
        <p>
          Run <code>tutti edge --source browser</code> on this machine and open the address it prints: that page
          listens, shows a level meter and your words, and what you say is handed in here.
        </p>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
