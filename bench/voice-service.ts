// The simulated speech service in a process of its own. Says its address and its certificate to its parent.
import { startVoice, voiceScenario } from '../simulator/realtime.ts';

const service = await startVoice(voiceScenario.parse(JSON.parse(process.argv[2] ?? '{}')));
process.send?.({ url: service.url, ca: service.ca });
