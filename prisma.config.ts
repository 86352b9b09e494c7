import { defineConfig } from 'prisma/config';

import { composeSchema } from './scripts/compose-schema.mjs';

composeSchema();

export default defineConfig({
  schema: 'prisma/composed',
  migrations: { path: 'prisma/migrations' },
});
