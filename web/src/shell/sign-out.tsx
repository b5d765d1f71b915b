import { useState } from 'react';

/** Ends the sign-in of this browser. */
export function SignOut() {
  const [wrong, setWrong] = useState('');
  const leave = async () => {
    const answer = await fetch('/sign-out', { method: 'POST' }).catch(() => null);
    if (answer?.ok) window.location.assign('/');
    else setWrong('the gateway does not answer: you are still signed in');
  };
  return (
    <>
      <button type="button" onClick={() => void leave()}>
        Sign out
      </button>
      <span className="refused" role="alert">
        {wrong}
      </span>
    </>
  );
}
