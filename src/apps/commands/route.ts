import { targetText } from '../../domain/routing/target.ts';
import { visible } from '../../kit/display.ts';
import { routeTask } from '../../runtime/submission.ts';
import { catalogueOf } from '../catalogue.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { configFlags, findFolder, readConfig } from './store.ts';

export const route: Command = {
  name: 'route',
  summary: 'Show which jobs an utterance would become, or what it asks of work under way, and why. Nothing is done.',
  usage: 'route TEXT [options]',
  words: [1, 1],
  tooMany: 'the utterance is one word to the shell: put it in quotes: tutti route "Fix it and check the website"',
  flags: {
    skill: { type: 'string', value: 'NAME', help: 'As if this skill had been named' },
    json: { type: 'boolean', help: 'Print JSON' },
    ...configFlags,
  },
  examples: [
    'tutti route "Refactor the API and validate the staging website"',
    'tutti route "pause everything but Codex"',
  ],
  async run(context) {
    const config = await readConfig(context);
    if (!config.ok) return wrongCall(context, config.error.message);
    const folder = findFolder(context);
    if (!folder.ok) return wrongCall(context, folder.error.message);
    const env = await context.services.gatewayEnvironment(context.env, context.cwd);
    const warn = (message: string, { error }: Readonly<Record<string, unknown>>) =>
      context.err.write(`tutti: ${visible(`${message}: ${error}`)}\n`);
    const more = folder.value ? { dataFolder: folder.value.path, env, warn } : { env, warn };
    const catalogue = catalogueOf(config.value, more);
    const utterance = (context.words[0] ?? '').trim();
    const routing = routeTask({ utterance, skill: textFlag(context.flags, 'skill') }, catalogue);
    if (!routing.ok) return wrongCall(context, routing.error.message);
    show(context, (await catalogue.reconsider?.(utterance, routing.value)) ?? routing.value);
    return 0;
  },
};

type Found = Extract<ReturnType<typeof routeTask>, { readonly ok: true }>['value'];

function show({ out, flags }: Context, { jobs, controls, why }: Found): void {
  if (flags.json === true) {
    const [control] = controls.map(({ verb, target }) => ({ verb, target: targetText(target) }));
    out.write(`${JSON.stringify({ jobs, control: control ?? null, why })}\n`);
    return;
  }
  for (const { verb, target } of controls)
    out.write(`${'control'.padEnd(10)}  ${visible(`${verb} ${targetText(target)}`)}\n`);
  for (const { skill, instruction } of jobs) out.write(`${skill.padEnd(10)}  ${visible(instruction)}\n`);
  out.write('\nWhy:\n');
  for (const line of why) out.write(`  ${visible(line)}\n`);
}
