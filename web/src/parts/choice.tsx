interface ChoiceProps {
  readonly label: string;
  /** Empty: all of them. */
  readonly value: string;
  readonly of: readonly string[];
  readonly choose: (value: string) => void;
}

/** One of several, or all. What is chosen stays to be seen where there is none of it any more. */
export function Choice({ label, value, of, choose }: ChoiceProps) {
  const all = value === '' || of.includes(value) ? of : [...of, value];
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => choose(event.target.value)}>
        <option value="">all</option>
        {all.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
