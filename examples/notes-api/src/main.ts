import { createApi } from './server.ts';

const port = Number(process.env.PORT ?? 3000);
createApi().listen(port, '127.0.0.1', () => console.log(`notes at http://127.0.0.1:${port}/notes`));
