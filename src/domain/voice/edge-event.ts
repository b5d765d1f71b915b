/**
 * What happens at the edge, under the names of the mission's traces. Never the words themselves, only their length: they
 * stand in the gateway's journal. Times `…_ms` are durations in milliseconds.
 */
export type EdgeEvent =
  | {
      readonly event: 'voice_streamer.start';
      readonly session: string;
      readonly source: string;
      readonly speech: string;
    }
  | { readonly event: 'voice_streamer.stop'; readonly session: string }
  /** From the start to the first audio. */
  | { readonly event: 'edge.first_frame'; readonly latency_ms: number }
  | { readonly event: 'vad.start'; readonly turn: string }
  | { readonly event: 'vad.stop'; readonly turn: string; readonly duration_ms: number }
  | { readonly event: 'vad.state'; readonly active: boolean }
  /** The words of a turn are there; since the person fell silent. */
  | { readonly event: 'transcript.final'; readonly turn: string; readonly length: number; readonly latency_ms: number }
  | {
      readonly event: 'transcript.forwarded';
      readonly key: string;
      readonly length: number;
      readonly jobs: readonly string[];
      /** Since the words were there. */
      readonly latency_ms: number;
      readonly tries: number;
    }
  | {
      readonly event: 'transcript.forward_failed';
      readonly key: string;
      readonly error: string;
      readonly tries: number;
      readonly again_in_ms: number;
    }
  | { readonly event: 'transcript.set_aside'; readonly key: string; readonly error: string }
  /** Since the gateway had it. */
  | { readonly event: 'job.claimed'; readonly job: string; readonly latency_ms: number }
  | { readonly event: 'job.first_event'; readonly job: string; readonly latency_ms: number }
  | { readonly event: 'job.ended'; readonly job: string; readonly status: string }
  | { readonly event: 'edge.line'; readonly state: string; readonly why: string }
  | { readonly event: 'edge.response_create'; readonly turn: string }
  | { readonly event: 'edge.forward_transcript'; readonly key: string }
  | { readonly event: 'edge.tool'; readonly tool: string; readonly ok: boolean }
  | {
      readonly event: 'edge.spoken';
      readonly by: 'service' | 'system';
      readonly length: number;
      readonly kinds: string;
    }
  | { readonly event: 'edge.interrupted'; readonly played_ms: number }
  | { readonly event: 'edge.dropped'; readonly frames: number }
  /** Time between two frames where it was longer than it should be. */
  | { readonly event: 'edge.gap'; readonly gap_ms: number }
  | { readonly event: 'edge.device'; readonly there: boolean; readonly why: string }
  | { readonly event: 'edge.muted'; readonly muted: boolean }
  | { readonly event: 'edge.used'; readonly audio_seconds: number; readonly usd: number | null }
  | { readonly event: 'edge.error'; readonly code: string; readonly message: string; readonly fatal: boolean };

/** Told of everything; never throws and makes nobody wait. */
export type TellEdge = (event: EdgeEvent) => void;
