import type { Viewport } from './action.ts';

export const providerNames = ['gemini', 'openai', 'anthropic'] as const;
/** Whose model uses the browser. */
export type ProviderName = (typeof providerNames)[number];

export interface Provider {
  readonly vendor: string;
  /** The model where none is named. */
  readonly model: string;
  /** Environment variables its key may be in: the first that is set counts. */
  readonly keys: readonly [string, ...string[]];
  readonly viewport: Viewport;
}

export const providers: Readonly<Record<ProviderName, Provider>> = {
  gemini: {
    vendor: 'google',
    model: 'gemini-3.5-flash',
    keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    viewport: { width: 1_440, height: 900 },
  },
  openai: {
    vendor: 'openai',
    model: 'gpt-5.5',
    keys: ['OPENAI_API_KEY'],
    viewport: { width: 1_440, height: 900 },
  },
  anthropic: {
    vendor: 'anthropic',
    model: 'claude-sonnet-5',
    keys: ['ANTHROPIC_API_KEY'],
    // Some of its models see pictures beyond 1.15 megapixels scaled down, and would point at other places than they mean.
    viewport: { width: 1_280, height: 800 },
  },
};

/** The key of a provider's model in an environment; null where none of its variables is set. */
export function keyOf(name: ProviderName, env: Readonly<Record<string, string | undefined>>): string | null {
  for (const variable of providers[name].keys) if (env[variable]) return env[variable];
  return null;
}
