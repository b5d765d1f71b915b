import { z } from 'zod';

// The page's policy forbids what the schemas would otherwise try first: to write programs at run time.
z.config({ jitless: true });
