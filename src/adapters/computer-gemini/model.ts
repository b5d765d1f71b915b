import { ApiError, type Content, type FunctionResponsePart, GoogleGenAI, type Part } from '@google/genai';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { CallResult, ComputerModel, ModelFailure, ModelTurn, View } from '../../ports/computer.ts';
import { failureOf, PICTURES_KEPT } from '../../ports/computer-answer.ts';

export interface GeminiOptions {
  readonly model: string;
  readonly key: string;
  /** Another address of the API; null for Google's own. */
  readonly url: string | null;
}

const TIMEOUT_MS = 120_000;

/** Gemini Computer Use: sees pictures of the page and answers with calls of functions, in either vocabulary. */
export class GeminiComputer implements ComputerModel {
  readonly name: string;
  readonly #client: GoogleGenAI;
  #contents: Content[] = [];

  constructor({ model, key, url }: GeminiOptions) {
    this.name = model;
    const httpOptions = { timeout: TIMEOUT_MS, ...(url === null ? {} : { baseUrl: url }) };
    this.#client = new GoogleGenAI({ apiKey: key, httpOptions });
  }

  begin(task: string, view: View): void {
    this.#contents = [{ role: 'user', parts: [{ text: task }, picturePart(view.picture)] }];
  }

  async next(
    signal: AbortSignal,
  ): Promise<Result<ModelTurn, { readonly code: ModelFailure; readonly message: string }>> {
    try {
      const response = await this.#client.models.generateContent({
        model: this.name,
        contents: this.#contents,
        config: {
          abortSignal: signal,
          tools: [
            { computerUse: { environment: 'ENVIRONMENT_BROWSER' as never, enablePromptInjectionDetection: true } },
          ],
        },
      });
      const content = response.candidates?.[0]?.content;
      const turn = turnOf(content?.parts ?? [], response.usageMetadata);
      if (!content || (turn.calls.length === 0 && turn.text === '')) {
        const why = response.promptFeedback?.blockReason ?? response.candidates?.[0]?.finishReason ?? 'nothing';
        return refuse('bad_answer', `the model answered with ${why} instead of words`);
      }
      this.#contents.push(content); // word for word: it holds the signatures of its thoughts
      return ok(turn);
    } catch (error) {
      return failureOf(error instanceof ApiError ? error.status : null, error, 'GEMINI_API_KEY');
    }
  }

  answer(results: readonly CallResult[]): void {
    this.#contents.push({ role: 'user', parts: results.map(resultPart) });
    this.#contents = withoutOldPictures(this.#contents, PICTURES_KEPT);
  }
}

type UsageOf = {
  readonly promptTokenCount?: number;
  readonly candidatesTokenCount?: number;
  readonly thoughtsTokenCount?: number;
};

function turnOf(parts: readonly Part[], usage: UsageOf | undefined): ModelTurn {
  const text = parts
    .flatMap((part) => (part.text && !part.thought ? [part.text] : []))
    .join('\n')
    .trim();
  const calls = parts.flatMap(({ functionCall }) => {
    if (!functionCall?.name) return [];
    const { safety_decision, intent, ...args } = (functionCall.args ?? {}) as Record<string, unknown>;
    const confirm = confirmationIn(safety_decision);
    return [{ name: functionCall.name, args, reason: typeof intent === 'string' ? intent : text, confirm }];
  });
  const output =
    usage?.candidatesTokenCount === undefined ? null : usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0);
  return { text, calls, usage: { input: usage?.promptTokenCount ?? null, output } };
}

function confirmationIn(decision: unknown): string | null {
  const { decision: word, explanation } = (typeof decision === 'object' && decision !== null ? decision : {}) as Record<
    string,
    unknown
  >;
  if (word !== 'require_confirmation') return null;
  return typeof explanation === 'string' ? explanation : 'the model wants a confirmation';
}

function picturePart(picture: Uint8Array): { inlineData: { mimeType: string; data: string } } {
  return { inlineData: { mimeType: 'image/png', data: Buffer.from(picture).toString('base64') } };
}

function resultPart({ name, url, error, confirmed, notes, picture }: CallResult): Part {
  const response = {
    url,
    ...(error === null ? {} : { error }),
    ...(notes.length > 0 ? { notes: notes.join('; ') } : {}),
    ...(confirmed ? { safety_acknowledgement: 'true' } : {}),
  };
  const parts: FunctionResponsePart[] = picture === null ? [] : [picturePart(picture)];
  return { functionResponse: { name, response, parts } };
}

/** The conversation with the pictures of all but the last few answers left out. */
export function withoutOldPictures(contents: readonly Content[], keep: number): Content[] {
  let left = keep;
  return contents
    .toReversed()
    .map((content): Content => {
      const parts = content.parts?.toReversed().map((part): Part => {
        const isPicture = part.inlineData !== undefined;
        const response = part.functionResponse;
        if (!isPicture && !response?.parts?.length) return part;
        if (left-- > 0) return part;
        return response ? { ...part, functionResponse: { ...response, parts: [] } } : { text: '(an earlier picture)' };
      });
      return parts ? { ...content, parts: parts.toReversed() } : content;
    })
    .toReversed();
}
