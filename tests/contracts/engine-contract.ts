import { describe } from 'vitest';
import { againContract } from './engine-contract-again.ts';
import { controlContract } from './engine-contract-controls.ts';
import { journalContract } from './engine-contract-journal.ts';
import { liveContract } from './engine-contract-live.ts';
import { queueContract } from './engine-contract-queue.ts';
import { termsContract } from './engine-contract-terms.ts';
import type { OpenBench } from './engine-support.ts';

/** The promises of the engine port; every implementation passes all of them. */
export function engineContract(name: string, open: OpenBench): void {
  describe(`${name} engine`, () => {
    queueContract(open);
    journalContract(open);
    controlContract(open);
    liveContract(open);
    againContract(open);
    termsContract(open);
  });
}
