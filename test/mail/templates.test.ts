import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { languages } from '../../src/languages/languages.js';
import { templates, textPartsOf, type TemplateName } from '../../src/mail/templates.js';

const names = Object.keys(templates) as TemplateName[];

describe('the texts of a template', () => {
  it('are a subject and paragraphs, a label if it has a link, and a text for each value that may be unknown', () => {
    expect(textPartsOf('password-changed')).toEqual(['subject', 'paragraphs']);
    expect(textPartsOf('verify-email')).toEqual(['subject', 'paragraphs', 'link']);
    expect(textPartsOf('new-device')).toEqual(['subject', 'paragraphs', 'unknownDevice', 'unknownNetwork']);
  });

  it.each(names)('of %s are those that the built-in languages have', (name) => {
    for (const { emails } of Object.values(languages)) {
      expect(Object.keys(emails[name]).sort()).toEqual([...textPartsOf(name)].sort());
    }
  });
});

describe('docs/mail.md', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/mail.md', import.meta.url)), 'utf8');

  it.each(names)('says when %s is sent, and what it contains', (name) => {
    const { placeholders, unknownValues } = templates[name];
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    expect(row).toBeDefined();
    for (const placeholder of placeholders) expect(row).toContain(`{${placeholder}}`);
    for (const text of unknownValues) expect(guide).toContain(`\`${text}\``);
  });
});
