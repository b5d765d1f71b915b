import { useRef, useState } from 'react';
import type { z } from 'zod';
import type { taskBody } from '../../../src/wire/task.ts';
import { gateway } from '../live/gateway.ts';

export type Task = Omit<z.input<typeof taskBody>, 'idempotency_key'>;

/** What came of a task that was handed in. */
export type Handed =
  | { readonly kind: 'nothing' | 'sending' }
  | { readonly kind: 'taken'; readonly jobs: readonly string[]; readonly words: string }
  | { readonly kind: 'refused'; readonly field: string; readonly words: string };

/** Hands in tasks. One that was not answered and is sent again unchanged is the same task: it is taken once. */
export function useHandIn(): readonly [handed: Handed, handIn: (task: Task) => Promise<boolean>] {
  const [handed, setHanded] = useState<Handed>({ kind: 'nothing' });
  const last = useRef({ task: '', key: '' });
  const handIn = async (task: Task): Promise<boolean> => {
    const text = JSON.stringify(task);
    if (last.current.task !== text) last.current = { task: text, key: crypto.randomUUID() };
    setHanded({ kind: 'sending' });
    const answer = await gateway.submit({ ...task, idempotency_key: last.current.key });
    if (!answer.ok) {
      setHanded({ kind: 'refused', field: answer.error.field ?? '', words: answer.error.message });
      return false;
    }
    last.current = { task: '', key: '' };
    const { jobs, text: told } = answer.value;
    const words = typeof told === 'string' ? told : '';
    setHanded({ kind: 'taken', jobs: jobs.map(({ job_id }) => job_id), words });
    return true;
  };
  return [handed, handIn];
}
