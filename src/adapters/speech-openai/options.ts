import type { Clock } from '../../kit/clock.ts';
import type { SpeechEvent, SpeechSettings } from '../../ports/speech.ts';
import type { Outbox } from './outbox.ts';
import type { NoiseReduction } from './settings.ts';
import type { Service } from './wire.ts';

/** What every kind of session needs. */
export interface SpeechOptions {
  readonly settings: SpeechSettings;
  readonly service: Service;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly noise: NoiseReduction;
  /** The model that writes down the turns, for their price. */
  readonly words: string;
  readonly outbox: Outbox;
  /** Takes secrets out of what is told. */
  readonly clean: (event: SpeechEvent) => SpeechEvent;
}
