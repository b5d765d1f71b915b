import { type AgentEvent, reportKinds } from './agent-event.ts';

export type Reported = Extract<AgentEvent, { type: 'reported' }>;

const maxLineLength = 64 * 1024;

/**
 * The reports an agent makes within its prose: a line that is, as a whole, one JSON object
 * `{"type":"milestone","payload":{"text":"…"}}` with a report type of the events protocol. Words in prose never count.
 */
export function reportsIn(text: string): Reported[] {
  if (!text.includes('"payload"')) return [];
  return text.split('\n').flatMap((line) => {
    const report = reportOf(line.trim());
    return report ? [report] : [];
  });
}

function reportOf(line: string): Reported | null {
  if (!line.startsWith('{') || !line.endsWith('}') || line.length > maxLineLength) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null; // looks like JSON, is prose
  }
  if (!isRecord(value) || !isRecord(value.payload)) return null;
  const kind = reportKinds.find((known) => known === (value as Record<string, unknown>).type);
  if (!kind) return null;
  const { text, progress, file, data } = value.payload;
  return {
    type: 'reported',
    kind,
    text: typeof text === 'string' ? text : '',
    progress: typeof progress === 'number' && progress >= 0 && progress <= 100 ? progress : null,
    file: typeof file === 'string' ? file : null,
    data: data ?? null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
