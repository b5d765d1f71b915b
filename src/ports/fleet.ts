import type { Option } from '../domain/question.ts';
import type { Refusal, Result } from '../kit/result.ts';

/** A job as the edge speaks of it. */
export interface JobSeen {
  readonly id: string;
  readonly trace: string;
  readonly status: string;
  readonly isOver: boolean;
  readonly skill: string;
  readonly instruction: string;
  /** 0 to 100. */
  readonly progress: number;
  readonly agents: readonly { readonly agent: string; readonly state: string }[];
  readonly questions: readonly { readonly id: string; readonly text: string; readonly options: readonly Option[] }[];
  readonly costUsd: number | null;
  readonly summary: string | null;
}

/** What a job's journal shows as it goes on; `changed`: something that may concern its person. */
export type JobSign = 'claimed' | 'working' | 'changed' | 'ended';

export type FleetVerb = 'stop' | 'pause' | 'resume' | 'review' | 'steer';

/** The jobs of a gateway. Requests never reject; they refuse with a sentence for people. */
export interface Fleet {
  /** The latest jobs, the newest first. */
  jobs(): Promise<Result<readonly JobSeen[], Refusal>>;
  /** What came of an utterance: its one text once its last job has ended. */
  trace(
    id: string,
  ): Promise<Result<{ readonly isOver: boolean; readonly status: string; readonly summary: string | null }, Refusal>>;
  /** Signs of a job until it has ended or the signal aborts; goes on where the gateway was away. */
  follow(job: string, signal: AbortSignal): AsyncIterable<JobSign>;
  /** @param words the focus of a review, what an agent is told, or why it is stopped */
  control(job: string, verb: FleetVerb, words: string | null, key: string): Promise<Result<null, Refusal>>;
  /** US dollars of the last thirty days, and runs that told no cost. */
  costs(): Promise<Result<{ readonly usd: number; readonly runs: number; readonly unknown: number }, Refusal>>;
  /** What a job has changed, as a git diff. */
  diff(job: string): Promise<Result<string, Refusal>>;
}
