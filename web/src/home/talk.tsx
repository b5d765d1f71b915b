import { useRef, useState } from 'react';
import { gateway } from '../live/gateway.ts';

/** Leads to the page by which the voice edge listens: with a level meter, a button to talk, and the words as they come. */
export function Talk() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [why, setWhy] = useState('');
  const talk = async () => {
    const answer = await gateway.talk();
    if (answer.ok) return void window.open(answer.value.url, '_blank', 'noopener');
    setWhy(answer.error.message);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" onClick={() => void talk()}>
        Talk …
      </button>
      <dialog ref={dialog} aria-label="Talk to the team">
        <p>{why}</p>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
