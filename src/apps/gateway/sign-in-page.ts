import { createHash } from 'node:crypto';

const style = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}
button,input{font:inherit;padding:.5rem 1rem}`;
const styleHash = createHash('sha256').update(style).digest('base64');

/** No script, nothing from elsewhere, in no frame; the form leads here and nowhere else. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  // Without a referrer the browser would hide the form's origin from us as well.
  'referrer-policy': 'same-origin',
} as const;

/**
 * The page of a link: a person signs in by a button, so that whoever only looks at the link does not use it up.
 * @param query of the link: its code, which is asked for where there is none, and the job to be shown next
 * @param trouble plain text of ours
 */
export function signInPage(query: { readonly code?: unknown; readonly session?: unknown }, trouble = ''): string {
  const code =
    hidden('code', query.code) ??
    '<p><label>Code: <input name="code" required autocomplete="off" autofocus></label></p>';
  const said = trouble === '' ? '' : `<p role="alert">${trouble}</p>\n`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in to Tutti</title>
<style>${style}</style>
<h1>Tutti</h1>
${said}<form method="post" action="/sign-in">
${code}
${hidden('session', query.session) ?? ''}
<p><button>Sign in</button></p>
</form>
</html>
`;
}

/** A field with a value out of the address; null where it could be anything else than a code or an id. */
function hidden(name: string, value: unknown): string | null {
  const isPlain = typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
  return isPlain ? `<input type="hidden" name="${name}" value="${value}">` : null;
}
