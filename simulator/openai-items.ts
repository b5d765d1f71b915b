export interface Call {
  readonly name: string;
  /** A text goes to a freeform tool, anything else to a function. */
  readonly input: unknown;
  readonly namespace?: string;
}

type Item = { readonly id: string; readonly type: string; readonly [key: string]: unknown };

/** An output item with the events that announce it piece by piece. */
export interface Output {
  readonly opening: Item;
  readonly deltas: readonly { readonly type: string; readonly [key: string]: unknown }[];
  readonly item: Item;
}

export function message(id: string, text: string): Output {
  const base = { id, type: 'message', role: 'assistant' };
  return {
    opening: { ...base, status: 'in_progress', content: [] },
    deltas: (text.match(/[\s\S]{1,40}/g) ?? ['']).map((delta) => ({
      type: 'response.output_text.delta',
      item_id: id,
      content_index: 0,
      delta,
    })),
    item: { ...base, status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] },
  };
}

export function reasoning(id: string, text: string): Output {
  const at = { item_id: id, summary_index: 0 };
  return {
    opening: { id, type: 'reasoning', summary: [] },
    deltas: [
      { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: text },
    ],
    item: { id, type: 'reasoning', summary: [{ type: 'summary_text', text }], encrypted_content: 'c2ltdWxhdGVk' },
  };
}

export function toolCall(id: string, call: Call): Output {
  const base = { id, status: 'completed', name: call.name, call_id: `call_${id}` };
  if (typeof call.input === 'string') {
    const item = { ...base, type: 'custom_tool_call', input: call.input };
    return { opening: { ...item, input: '' }, deltas: [], item };
  }
  const namespace = call.namespace ? { namespace: call.namespace } : {};
  const item = { ...base, type: 'function_call', arguments: JSON.stringify(call.input), ...namespace };
  return { opening: { ...item, arguments: '' }, deltas: [], item };
}

/** Actions on a screen, as many as the tool takes at once. */
export function screenCall(
  id: string,
  actions: readonly object[],
  safety: readonly object[],
  preview: boolean,
): Output {
  const base = { id, type: 'computer_call', status: 'completed', call_id: `call_${id}`, pending_safety_checks: safety };
  const item = preview ? { ...base, action: actions[0] } : { ...base, actions };
  return { opening: item, deltas: [], item };
}
