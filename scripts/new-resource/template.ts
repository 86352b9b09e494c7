import { readFileSync } from 'node:fs';

import type { ResourceName } from './resource-name.js';

type TemplateFile = 'model.prisma' | 'types.ts' | 'resolver.ts' | 'operations.graphql' | 'test.ts';

/** Returns a template of the folder `templates` with the name of a resource in each `{{placeholder}}`. */
export const fillTemplate = (file: TemplateFile, name: ResourceName): string =>
  readFileSync(new URL(`templates/${file}.txt`, import.meta.url), 'utf8').replace(
    /\{\{([\w ]+)\}\}/g,
    (_placeholder, key: string) => name[key as keyof ResourceName],
  );
