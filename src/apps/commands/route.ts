import type { Routing } from '../../domain/routing/route.ts';
import { targetText } from '../../domain/routing/target.ts';
import { visible } from '../../kit/display.ts';
import { considerTask } from '../../runtime/submission.ts';
import { routeView } from '../../wire/preview.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { catalogueHere, configFlags, readConfig } from './store.ts';

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
    const catalogue = await catalogueHere(context, config.value);
    if (!catalogue.ok) return wrongCall(context, catalogue.error.message);
    const utterance = (context.words[0] ?? '').trim();
    const routing = await considerTask({ utterance, skill: textFlag(context.flags, 'skill') }, catalogue.value);
    if (!routing.ok) return wrongCall(context, routing.error.message);
    show(context, routing.value);
    return 0;
  },
};

function show({ out, flags }: Context, { jobs, controls, why }: Routing): void {
  if (flags.json === true) {
    out.write(`${JSON.stringify(routeView({ jobs, controls, why }))}\n`);
    return;
  }
  for (const { verb, target } of controls)
    out.write(`${'control'.padEnd(10)}  ${visible(`${verb} ${targetText(target)}`)}\n`);
  for (const { skill, instruction } of jobs) out.write(`${skill.padEnd(10)}  ${visible(instruction)}\n`);
  out.write('\nWhy:\n');
  for (const line of why) out.write(`  ${visible(line)}\n`);
}
