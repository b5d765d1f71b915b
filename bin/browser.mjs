#!/usr/bin/env node
// The browser agent: a program of the events protocol, started by Tutti for each of its runs.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { isCheckout, root } from './launcher.mjs';

enableCompileCache(join(root, 'node_modules', '.cache', 'tutti'));
const { main } = await import(isCheckout ? '../src/apps/browser/main.ts' : '../dist/src/apps/browser/main.js');
process.exit(await main());
