#!/usr/bin/env node
// `npm run bench`: all benchmarks, or those named: npm run bench -- engine
import { join } from 'node:path';
import { become, install, root } from './launcher.mjs';

install();
const [name = 'all', ...rest] = process.argv.slice(2);
become([join(root, 'bench', `${name}.ts`), ...rest]);
