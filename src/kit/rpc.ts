/** How the other side refused a request, or why no answer will come. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
}

export type RpcReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: RpcError };

/** One line of the other side, read. `answered`: it settled a request of ours. */
export type RpcMessage =
  | { readonly kind: 'request'; readonly id: string | number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'answered' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The code of an error that says: the other side is gone and will not answer. */
export const RPC_CLOSED = -1;

/**
 * JSON-RPC over lines, without a reading loop of its own: whoever reads the lines hands them to `read`.
 * Some programs leave out the `jsonrpc` member; they are met by `version: null`.
 */
export class RpcPeer {
  readonly #write: (line: string) => Promise<boolean>;
  readonly #version: '2.0' | null;
  readonly #pending = new Map<number, (reply: RpcReply) => void>();
  #last = 0;
  #closed = false;

  constructor(write: (line: string) => Promise<boolean>, version: '2.0' | null) {
    this.#write = write;
    this.#version = version;
  }

  /** Never throws: a refusal and a vanished peer are both replies. */
  request(method: string, params: unknown): Promise<RpcReply> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      if (this.#closed) return resolve(gone);
      this.#pending.set(id, resolve);
      void this.#send({ id, method, params }).then((sent) => (sent ? undefined : this.#settle(id, gone)));
    });
  }

  notify(method: string, params?: unknown): Promise<boolean> {
    return this.#send({ method, ...(params === undefined ? {} : { params }) });
  }

  answer(id: string | number, result: unknown): Promise<boolean> {
    return this.#send({ id, result });
  }

  refuse(id: string | number, code: number, message: string): Promise<boolean> {
    return this.#send({ id, error: { code, message } });
  }

  read(line: string): RpcMessage {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return { kind: 'malformed', reason: 'not JSON' };
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      return { kind: 'malformed', reason: 'not an object' };
    }
    const { id, method, params, result, error } = message as Record<string, unknown>;
    if (typeof method === 'string') {
      if (typeof id === 'string' || typeof id === 'number') return { kind: 'request', id, method, params };
      return { kind: 'notification', method, params };
    }
    if (typeof id !== 'number' || (result === undefined && error === undefined)) {
      return { kind: 'malformed', reason: 'neither a method nor an answer' };
    }
    this.#settle(
      id,
      error === undefined || error === null ? { ok: true, value: result } : { ok: false, error: readError(error) },
    );
    return { kind: 'answered' };
  }

  /** Answers every open request: nobody is there any more. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#pending.keys()]) this.#settle(id, gone);
  }

  #send(message: object): Promise<boolean> {
    const whole = this.#version ? { jsonrpc: this.#version, ...message } : message;
    return this.#write(`${JSON.stringify(whole)}\n`);
  }

  #settle(id: number, reply: RpcReply): void {
    const resolve = this.#pending.get(id);
    this.#pending.delete(id);
    resolve?.(reply);
  }
}

const gone: RpcReply = { ok: false, error: { code: RPC_CLOSED, message: 'the program is gone', data: null } };

function readError(error: unknown): RpcError {
  const { code, message, data } = (typeof error === 'object' && error ? error : {}) as Record<string, unknown>;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : JSON.stringify(error),
    data: data ?? null,
  };
}
