/** Lets Node run our TypeScript as it lies there: `node --import ./scripts/typescript.mjs src/main.ts`. */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./typescript-hooks.mjs', import.meta.url);
