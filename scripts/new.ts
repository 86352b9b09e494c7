/** `npm run new -- resource NAME` writes the code of a resource into the application, to start from. */
import { fileURLToPath } from 'node:url';

import { exitWithFatalError } from '../src/server/fatal-error.js';
import { writeNewResource } from './new-resource/new-resource.js';

const usage = `Usage: npm run new -- resource NAME

Writes a resource of the application in the singular, such as project or LineItem: a model with a migration, its types, its
resolver with rules, a failure, operations, and tests. No file is overwritten.`;

const [kind, name, ...rest] = process.argv.slice(2);
const isHelp = process.argv.includes('--help');
if (isHelp || kind !== 'resource' || name === undefined || rest.length > 0) {
  (isHelp ? console.log : console.error)(usage);
  process.exit(isHelp ? 0 : 1);
}

try {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { name: resource, files, manualSteps } = await writeNewResource(root, name);
  console.log(`${resource.Type} is in these files:\n\n${files.map((file) => `  ${file}`).join('\n')}\n`);
  for (const step of manualSteps) console.log(`${step}\n`);
  const next = ['npm test -- test/app', 'npm run check'];
  const commands = manualSteps.length === 0 ? next : ['npm run generate', 'npm run schema', 'npm run codegen', ...next];
  console.log(
    `Read the migration and the rules of the resolver. Then run:\n\n${commands.map((it) => `  ${it}`).join('\n')}`,
  );
} catch (error) {
  exitWithFatalError(error);
}
