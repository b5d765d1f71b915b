#!/usr/bin/env node
// `orchestrate "<task>"` is `tutti run "<task>"`.
process.argv.splice(2, 0, 'run');
await import('./tutti.mjs');
