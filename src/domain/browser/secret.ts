import { ok, type Result, refuse } from '../../kit/result.ts';
import { hostFits } from './address.ts';

/** Something the browser may type that neither the model nor any record gets to see. */
export interface Secret {
  readonly value: string;
  /** Hosts on whose pages it may be typed, written as in `AddressRules`. */
  readonly hosts: readonly string[];
}

export type Secrets = ReadonlyMap<string, Secret>;

const HIDDEN = '[secret]';

/**
 * A text with `{{NAME}}` replaced by the secret of that name. Refuses (`unknown_secret`, `other_host`) in words for the
 * model, which has only seen the name.
 * @param url where the browser is now
 */
export function fillSecrets(text: string, url: string, secrets: Secrets): Result<string> {
  let filled = text;
  for (const [mark, name = ''] of text.matchAll(/\{\{([A-Za-z_][A-Za-z0-9_]{0,99})\}\}/g)) {
    const secret = secrets.get(name);
    if (!secret) return refuse('unknown_secret', `there is no secret "${name}"`);
    const page = URL.canParse(url) ? new URL(url) : null;
    if (!page || !secret.hosts.some((rule) => hostFits(rule, page))) {
      return refuse('other_host', `${name} may not be typed on ${page?.host || 'this page'}`);
    }
    filled = filled.replaceAll(mark, () => secret.value);
  }
  return ok(filled);
}

/** A text without the secrets, also where they stand in an address. */
export function hideSecrets(text: string, secrets: Secrets): string {
  const forms = [...secrets.values()].flatMap(({ value }) => {
    const encoded = encodeURIComponent(value);
    return [value, encoded, encoded.replaceAll('%20', '+'), JSON.stringify(value).slice(1, -1)];
  });
  // The longest first: one may be the beginning of another.
  const all = [...new Set(forms)].filter((form) => form !== '').toSorted((a, b) => b.length - a.length);
  return all.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text);
}
