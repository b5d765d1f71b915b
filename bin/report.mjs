#!/usr/bin/env node
// The reporting tools of an agent's run (MCP on stdio). Plain JavaScript with the compiled code kept: an agent waits for
// its tools before it begins, and translating TypeScript each time would take longer than everything else here.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { isCheckout, root } from './launcher.mjs';

enableCompileCache(join(root, 'node_modules', '.cache', 'tutti'));
const { serve } = await import(isCheckout ? '../src/apps/report/server.ts' : '../dist/src/apps/report/server.js');
serve(process.argv[2]);
