import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Halves the time to start. It is stored early because a server may run until it is killed.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tutti', import.meta.url)));
setTimeout(flushCompileCache, 3_000).unref();

const { main } = await import('./cli.ts');
process.exitCode = await main(process.argv.slice(2));
