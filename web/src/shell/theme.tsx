import { useState } from 'react';
import { keep, kept } from './kept.ts';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

function read(): Theme {
  return themes.find((one) => one === kept('theme')) ?? 'system';
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

show(read());

/** Light, dark, or as the system has it; kept in this browser. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(read);
  const choose = (name: string) => {
    const chosen = themes.find((one) => one === name) ?? 'system';
    keep('theme', chosen);
    show(chosen);
    setTheme(chosen);
  };
  return (
    <label>
      <span className="unseen">Theme</span>
      <select value={theme} title="Theme" onChange={(event) => choose(event.target.value)}>
        {themes.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}
