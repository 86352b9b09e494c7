/** Emits schema.graphql; with `--check`, fails when the committed one is out of date. */
import 'reflect-metadata';

import { readFileSync, writeFileSync } from 'node:fs';

import { printSchemaWithRules } from '../src/authorization/print-schema.js';
import { createSchema } from '../src/graphql/schema.js';
import { application, assertApplication } from '../src/server/application.js';
import { exitWithFatalError } from '../src/server/fatal-error.js';

const file = new URL('../schema.graphql', import.meta.url);

const printed = (): string => {
  try {
    assertApplication(application);
    return printSchemaWithRules(createSchema(application.resolvers));
  } catch (error) {
    // A mistake in src/app is reported as one sentence.
    return exitWithFatalError(error);
  }
};

const emitted = printed();

if (!process.argv.includes('--check')) {
  writeFileSync(file, emitted);
} else if (readFileSync(file, 'utf8') !== emitted) {
  process.stderr.write('schema.graphql is out of date: run `npm run schema` and review the diff.\n');
  process.exitCode = 1;
}
