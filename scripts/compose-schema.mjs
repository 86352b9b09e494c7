/**
 * Composes the Prisma schemas from prisma/schema, where Gatehouse and the application have a file each, so that neither has to
 * be edited for the other.
 *
 * - prisma/composed: all models, for our client, migrations and Prisma's own commands
 * - prisma/composed-application: the models of the application, and what it may use of User, for its client
 *
 * Lines of app.prisma keep their numbers, so that Prisma's messages lead to the author's file.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { APPLICATION_FILE, exposedColumns, readApplicationModels } from './application-models.mjs';
import { fieldOf, readBlocks } from './prisma-schema.mjs';

const projectFolder = fileURLToPath(new URL('..', import.meta.url));

/** The problems in app.prisma: one sentence for each, with its line. */
export class UnusableModels extends Error {
  name = 'UnusableModels';
}

/**
 * Writes both schemas.
 *
 * @param {string} [folder] of the project
 * @throws UnusableModels
 */
export const composeSchema = (folder = projectFolder) => {
  const source = (name) => readFileSync(join(folder, 'prisma/schema', name), 'utf8');
  const [own, application] = [source('gatehouse.prisma'), source('app.prisma')];
  const { problems, extensions, added } = readApplicationModels(application, own);
  if (problems.length > 0) throw new UnusableModels(problems.join('\n'));

  // Prisma's messages quote the line, and with it the place where the author wrote it.
  const lines = added.map(({ line, code }) => `  ${code} // ${APPLICATION_FILE}:${line}`);
  const rest = withoutLines(application, extensions);
  write(join(folder, 'prisma/composed'), {
    'gatehouse.prisma': extendUser(own, lines),
    'app.prisma': rest,
  });
  write(join(folder, 'prisma/composed-application'), {
    'gatehouse.prisma': applicationUser(own, lines),
    'app.prisma': rest,
  });
};

/** Replaces blocks by blank lines. */
const withoutLines = (text, blocks) =>
  text
    .split('\n')
    .map((line, index) => (blocks.some((block) => index + 1 >= block.line && index + 1 <= block.endLine) ? '' : line))
    .join('\n');

const userOf = (own) => readBlocks(own).find(({ kind, name }) => kind === 'model' && name === 'User');

const extendUser = (own, added) => {
  const lines = own.split('\n');
  lines.splice(userOf(own).endLine - 1, 0, ...added);
  return lines.join('\n');
};

const applicationUser = (own, added) => {
  const columns = userOf(own).entries.filter((entry) => exposedColumns.includes(fieldOf(entry)?.name));
  return `generator client {
  provider            = "prisma-client"
  output              = "../../src/store/generated-application"
  moduleFormat        = "esm"
  importFileExtension = "js"
  previewFeatures     = ["strictUndefinedChecks"]
}

datasource db {
  provider = "postgresql"
}

model User {
${[...columns.map(({ code }) => `  ${code}`), ...added].join('\n')}

  @@map("user")
}
`;
};

/** Two processes may compose at the same time, and Prisma may read meanwhile: a file is complete or that of before. */
const write = (folder, files) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    writeFileSync(`${file}.${process.pid}`, content);
    renameSync(`${file}.${process.pid}`, file);
  }
};
