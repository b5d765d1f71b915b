#!/usr/bin/env node
import { join } from 'node:path';
import { become, install, isCheckout, root } from './launcher.mjs';

install();
// The sources run as they are in a checkout; an installed package brings the built files.
become([isCheckout ? join(root, 'src', 'start.ts') : join(root, 'dist', 'src', 'start.js'), ...process.argv.slice(2)]);
