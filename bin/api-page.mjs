#!/usr/bin/env node
// Writes docs/api.md anew from the gateway's schemas. Runs on the pinned Node, from a checkout.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage } from '../src/wire/api-page.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'api.md'), apiPage());
