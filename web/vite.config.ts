import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page is served by the gateway alone: `npm run build` writes it to dist/web. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the gateway's content policy allows files of its own only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
