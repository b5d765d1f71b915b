import { startSimulator } from '../../simulator/index.ts';
import type { Turn } from '../../simulator/scenario.ts';
import { AnthropicComputer } from '../../src/adapters/computer-anthropic/model.ts';
import { GeminiComputer } from '../../src/adapters/computer-gemini/model.ts';
import { OpenAiComputer } from '../../src/adapters/computer-openai/model.ts';
import { type BrowserAction, readAction } from '../../src/domain/browser/action.ts';
import { type ProviderName, providers } from '../../src/domain/browser/provider.ts';
import type { CallResult, ComputerModel, ModelTurn, View } from '../../src/ports/computer.ts';

/** A model at an address: every provider behind the same port. */
export function computerOf(provider: ProviderName, url: string, model = providers[provider].model): ComputerModel {
  const options = { model, key: 'simulated-key', url, screen: providers[provider].viewport };
  switch (provider) {
    case 'gemini':
      return new GeminiComputer(options);
    case 'openai':
      return new OpenAiComputer(options);
    case 'anthropic':
      return new AnthropicComputer(options);
  }
}

/** A model of a provider that plays these turns, and what it was asked. */
export class ComputerStage implements AsyncDisposable {
  readonly model: ComputerModel;
  readonly #provider: ProviderName;
  readonly #simulator: Awaited<ReturnType<typeof startSimulator>>;

  private constructor(provider: ProviderName, simulator: Awaited<ReturnType<typeof startSimulator>>, model?: string) {
    this.#provider = provider;
    this.#simulator = simulator;
    this.model = computerOf(provider, simulator.url, model);
  }

  static async open(provider: ProviderName, turns: readonly Turn[], model?: string): Promise<ComputerStage> {
    const roles = [{ name: 'browser', when: { prompt: ['the task'] }, turns: [...turns] }];
    return new ComputerStage(provider, await startSimulator({ scenarios: [{ name: 'computer', roles }] }), model);
  }

  /** The bodies of all requests, as text. */
  get bodies(): readonly string[] {
    return this.#simulator.requests().map(({ body }) => JSON.stringify(body));
  }

  get last(): string {
    return this.bodies.at(-1) ?? '';
  }

  /** A picture of the provider's size that no other number gives. */
  picture(n: number): Uint8Array {
    const { width, height } = providers[this.#provider].viewport;
    const bytes = Buffer.alloc(40);
    bytes.write('89504e470d0a1a0a0000000d49484452', 'hex');
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.write(`picture ${n}`, 24);
    return bytes;
  }

  /** The numbers of the pictures that stand in the last request, up to `n`. */
  shown(n: number): readonly number[] {
    const all = Array.from({ length: n + 1 }, (_, i) => i);
    return all.filter((i) => this.last.includes(Buffer.from(this.picture(i)).toString('base64')));
  }

  begin(): void {
    const view: View = { picture: this.picture(0), url: 'https://shop.example.org/', title: 'Shop' };
    this.model.begin('Do the task on the page.', view);
  }

  /** The next turn of the model. @throws when there is none */
  async turn(): Promise<ModelTurn> {
    const turn = await this.model.next(new AbortController().signal);
    if (!turn.ok) throw new Error(`${turn.error.code}: ${turn.error.message}`);
    return turn.value;
  }

  /** The result of a call that went well, with picture `n`. */
  done(name: string, n: number, more: Partial<CallResult> = {}): CallResult {
    const picture = this.picture(n);
    return { name, url: 'https://shop.example.org/', error: null, confirmed: false, notes: [], picture, ...more };
  }

  /** The answers to all calls of a turn, each with the next picture from `n`. */
  answer({ calls }: ModelTurn, n: number, more: Partial<CallResult> = {}): void {
    this.model.answer(calls.map(({ name }, i) => this.done(name, n + i, more)));
  }

  /** What the browser would do for the calls of a turn; a refusal in words where it would not. */
  actions({ calls }: ModelTurn): readonly (BrowserAction | string)[] {
    return calls.map(({ name, args }) => {
      const read = readAction(name, args, providers[this.#provider].viewport);
      return read.ok ? read.value : read.error.message;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulator.close();
  }
}
