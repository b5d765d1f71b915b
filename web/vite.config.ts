import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page is served by the gateway alone: `npm run build` writes it to dist/web. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // Schemas check what comes in from outside. They would be a third of the page, and reach for `eval`, which it forbids.
  resolve: { alias: { zod: join(import.meta.dirname, 'src', 'no-schemas.ts') } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the gateway's content policy allows files of its own only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
