// Every benchmark, one after the other, and the noise of the machine they ran on. `npm run bench`
import { cpus, loadavg } from 'node:os';
import { benchBrowser } from './browser.ts';
import { benchCoordinator } from './coordinator.ts';
import { benchEngine } from './engine.ts';
import { benchGateway } from './gateway.ts';
import { benchLines } from './lines.ts';
import { type Measure, ms, printTable, rate, scratchFolder, syncFloor } from './measure.ts';
import { benchOverhead } from './overhead.ts';
import { benchPage } from './page.ts';
import { benchParse } from './parse.ts';
import { benchStart } from './start.ts';
import { benchStreams } from './streams.ts';
import { benchSubmit } from './submit.ts';
import { benchTraces } from './traces.ts';
import { benchVoice } from './voice.ts';

async function noise(): Promise<Measure> {
  await using folder = await scratchFolder();
  const floor = syncFloor(folder.path, 4_096);
  const load = loadavg().map((value) => value.toFixed(1));
  const value = rate(floor.perSecond, 'fsync');
  return {
    what: `${cpus().length} cores, load ${load.join(' ')}`,
    value,
    p50: ms(floor.p50),
    p99: ms(floor.p99),
    max: ms(floor.max),
  };
}

const table: Measure[] = [await noise()];
const parts: readonly (readonly [string, () => Promise<readonly Measure[]>])[] = [
  ['start', benchStart],
  ['submit', benchSubmit],
  ['lines', benchLines],
  ['parse', benchParse],
  ['coordinator', benchCoordinator],
  ['gateway', benchGateway],
  ['streams', benchStreams],
  ['page', benchPage],
  ['traces', benchTraces],
  ['browser', benchBrowser],
  ['voice', benchVoice],
  ['overhead', benchOverhead],
];
for (const [name, run] of parts) {
  process.stderr.write(`${name} …\n`);
  table.push({ what: `— ${name}`, value: '' }, ...(await run()), await noise());
}
process.stderr.write('engine …\n');
await benchEngine();
printTable('The whole', table);
