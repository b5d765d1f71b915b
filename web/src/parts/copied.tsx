import { useRef, useState } from 'react';

/** Words to be taken elsewhere, with a button that does it. */
export function Copied({ label, text }: { readonly label: string; readonly text: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setTold('copied'),
      () => {
        field.current?.select();
        setTold('marked: copy it with Ctrl+C');
      },
    );
  return (
    <p className="tools">
      <label className="wide">
        {label} <input ref={field} readOnly value={text} onFocus={(event) => event.target.select()} />
      </label>
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>
      <output aria-live="polite">{told}</output>
    </p>
  );
}
