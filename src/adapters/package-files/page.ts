import { join } from 'node:path';
import { packageRoot } from './package.ts';

/** Where the build of the page lies, from the sources as well as from the build. */
export const pageFolder = join(packageRoot, 'dist', 'web');
