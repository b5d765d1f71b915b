#!/usr/bin/env node
import { join } from 'node:path';
import { become, install, isCheckout, root } from './launcher.mjs';

install();
// A checkout builds its page when somebody is going to look at it; without it everything else works all the same.
if (isCheckout && ['up', 'demo'].includes(process.argv[2])) (await import('./page.mjs')).buildPage();
// The sources run as they are in a checkout; an installed package brings the built files.
become([isCheckout ? join(root, 'src', 'start.ts') : join(root, 'dist', 'src', 'start.js'), ...process.argv.slice(2)]);
