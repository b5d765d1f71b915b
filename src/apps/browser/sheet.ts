import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserResult, BrowserStep } from '../../domain/browser/task.ts';
import type { BrowserFolder } from './folder.ts';

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const style =
  'body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}figure{margin:2rem 0;border-top:1px solid #8886;padding-top:1rem}img{max-width:100%;border:1px solid #8886}code{font-size:.9em}.no{color:#b00}';

/** Writes the contact sheet: every step with its picture, in one file without scripts or foreign addresses. */
export async function writeSheet(folder: BrowserFolder, task: string, result: BrowserResult): Promise<string> {
  const steps = await folder.steps();
  const figures = await Promise.all(steps.map((step) => figure(folder, step)));
  const checks = result.expectations.map(
    ({ text, pass, evidence }) =>
      `<li${pass ? '' : ' class="no"'}>${pass ? 'pass' : 'FAIL'}: ${escaped(text)} <small>${escaped(evidence)}</small></li>`,
  );
  const found = result.findings.map((one) => `<li>${escaped(one)}</li>`);
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><title>Browser: ${escaped(task.slice(0, 80))}</title><style>${style}</style><h1>${escaped(task)}</h1><p>${escaped(result.answer)}</p><ul>${checks.join('')}${found.join('')}</ul>${figures.join('')}</html>\n`;
  const path = join(folder.path, 'report.html');
  await writeFile(path, html);
  return path;
}

async function figure(folder: BrowserFolder, step: BrowserStep): Promise<string> {
  const picture = step.picture ? await folder.picture(step.picture).catch(() => null) : null;
  const image = picture
    ? `<img alt="The page after step ${step.n}" src="data:image/png;base64,${picture.toString('base64')}">`
    : '';
  const trouble = step.error ? `<p class="no">${escaped(step.error)}</p>` : '';
  const why = step.reason ? `<br>${escaped(step.reason)}` : '';
  return `<figure><figcaption><b>${step.n}. ${escaped(step.did)}</b>${why}<br><code>${escaped(step.url)}</code></figcaption>${trouble}${image}</figure>`;
}
