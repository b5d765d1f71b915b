import { useState } from 'react';
import type { z } from 'zod';
import type { Verb } from '../../../src/domain/job.ts';
import type { controlBodies } from '../../../src/wire/control.ts';
import { gateway } from './gateway.ts';

/** What was asked of a job of which only the card is there; the card itself shows when it was done. */
export interface AskedJob {
  /** For the person: what is on its way, or why it was refused. */
  readonly words: string;
  readonly isRefused: boolean;
}

type Ask = <V extends Verb>(verb: V, body: z.input<(typeof controlBodies)[V]>, words: string) => Promise<void>;

/** Asks something of a job from afar. */
export function useAskJob(job: string): readonly [asked: AskedJob | null, ask: Ask] {
  const [asked, setAsked] = useState<AskedJob | null>(null);
  const ask: Ask = async (verb, body, words) => {
    setAsked({ words: `asked for: ${words} …`, isRefused: false });
    const answer = await gateway.control(job, verb, body, crypto.randomUUID());
    if (!answer.ok) setAsked({ words: `${words}: ${answer.error.message}`, isRefused: true });
  };
  return [asked, ask];
}
