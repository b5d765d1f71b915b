// What a program gets that speaks to a gateway: `import { TuttiClient } from 'tutti/client'`.

export type { Cursor } from './domain/cursor.ts';
export type { Event, Recorded } from './domain/event.ts';
export type { Control, JobStatus, Verb } from './domain/job.ts';
export type { Refusal, Result } from './kit/result.ts';
export { type ClientOptions, type ClientRefusal, StreamRefused, TuttiClient } from './wire/client.ts';
