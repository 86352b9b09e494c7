import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Mails, ValuesOfMails } from '../../src/extend.js';
import { createApplicationMails } from '../../src/mail/application-mails.js';
import { createEmailComposer } from '../../src/mail/compose.js';
import { escapeHtml } from '../../src/values/html-text.js';

const mails = {
  'project-invitation': {
    en: {
      subject: 'Invitation to {project}',
      paragraphs: ['You are invited to {project} at {service}.', '{link}'],
      link: 'Open the project',
    },
    de: {
      subject: 'Einladung zu {project}',
      paragraphs: ['Sie sind bei {service} zu {project} eingeladen.', '{link}'],
      link: 'Projekt öffnen',
    },
  },
  'task-done': { en: { subject: 'Done', paragraphs: ['The task {task} is done.'] } },
} as const satisfies Mails;

const options = {
  publicUrl: 'https://id.example.com',
  appUrl: 'https://app.example.com/base',
  mailFrom: { name: 'Example', address: 'no-reply@example.com' },
};

const { messageOf, ...table } = createApplicationMails(mails);
const { compose } = createEmailComposer(options, table);

/** The problems of a table, without the heading. */
const problemsOf = (broken: object): string[] => {
  try {
    createApplicationMails(broken as Mails);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
};

describe('a mail of the application', () => {
  it('has its text, its values and a link below APP_URL, as plain text and as HTML', () => {
    const values = { project: 'Apollo', link: '/projects/1?tab=a&b=1' };
    const email = compose({ locale: 'de-AT', message: messageOf('project-invitation', values) });
    expect(email).toMatchObject({
      locale: 'de',
      subject: 'Einladung zu Apollo',
      link: 'https://app.example.com/base/projects/1?tab=a&b=1',
      text: 'Sie sind bei Example zu Apollo eingeladen.\n\nhttps://app.example.com/base/projects/1?tab=a&b=1\n',
    });
    expect(email.html).toContain(`href="${escapeHtml('https://app.example.com/base/projects/1?tab=a&b=1')}"`);
    expect(email.html).toContain('Projekt öffnen');
  });

  it('is in English where it has no text in the language', () => {
    const email = compose({ locale: 'de', message: messageOf('task-done', { task: 'Write' }) });
    expect([email.locale, email.text]).toEqual(['en', 'The task Write is done.\n']);
  });

  it('has values that are neither markup nor placeholders nor more than one line', () => {
    const task = '<b>{service}</b>\r\nBcc: eve@example.com';
    const { html, text } = compose({ locale: null, message: messageOf('task-done', { task }) });
    expect(html).toContain(escapeHtml('<b>{service}</b>'));
    expect(html).not.toContain('<b>');
    expect(text.split('\n')).toHaveLength(2);
  });

  it('can be replaced and translated in MAIL_TEMPLATES_DIR', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mails-'));
    writeFileSync(join(folder, 'de.json'), '{"project-invitation":{"subject":"Komm zu {project}"}}');
    writeFileSync(
      join(folder, 'fr.json'),
      JSON.stringify({ 'task-done': { subject: 'Terminé', paragraphs: ['La tâche {task} est terminée.'] } }),
    );
    const composer = createEmailComposer({ ...options, mailTemplatesDir: folder }, table);
    const invitation = messageOf('project-invitation', { project: 'Apollo', link: '/p' });
    expect(composer.compose({ locale: 'de', message: invitation })).toMatchObject({ subject: 'Komm zu Apollo' });
    const done = messageOf('task-done', { task: 'A' });
    expect(composer.compose({ locale: 'fr', message: done }).text).toBe('La tâche A est terminée.\n');
    expect(composer.compose({ locale: 'fr', message: invitation }).locale).toBe('en');
    expect(composer.notices[1]).toMatch(/^fr\.json lacks these messages.*project-invitation/);
    writeFileSync(join(folder, 'fr.json'), '{"task-done":{"subject":"{project}"}}');
    expect(() => createEmailComposer({ ...options, mailTemplatesDir: folder }, table)).toThrow(
      'fr.json: task-done.subject: {project} is not a placeholder of this text; the placeholders are: {task}, {service}',
    );
    rmSync(folder, { recursive: true });
  });

  it('is not sent with values that do not fit', () => {
    const send = (mail: string, values: Record<string, string>) => () => messageOf(mail, values);
    expect(send('task-undone', {})).toThrow('src/app/mails/mails.ts has no mail "task-undone"');
    expect(send('verify-email', {})).toThrow('has no mail "verify-email"');
    expect(send('task-done', {})).toThrow('The mail "task-done" lacks the values task.');
    expect(send('task-done', { task: 'a', who: 'b' })).toThrow('The mail "task-done" has no placeholder who.');
    expect(send('task-done', { task: 'a', link: '/' })).toThrow('The mail "task-done" has no link.');
    expect(send('project-invitation', { project: 'a' })).toThrow('needs the value link');
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'projects',
    '/../admin',
    '/a/%2e%2e/b',
    '/a b',
    '/a\nb',
    '@evil.example',
    '',
  ])('never leads to %j', (link) => {
    expect(() => messageOf('project-invitation', { project: 'a', link })).toThrow('must be a path');
  });

  it('has typed values', () => {
    const values: ValuesOfMails<typeof mails> = {
      'project-invitation': { project: 'a', link: '/b' },
      'task-done': { task: 'a' },
    };
    const wrong: ValuesOfMails<typeof mails> = {
      // @ts-expect-error the link is missing
      'project-invitation': { project: 'a' },
      // @ts-expect-error the placeholder is misspelled
      'task-done': { tusk: 'a' },
    };
    expect([values, wrong]).toHaveLength(2);
  });
});

describe('a mistake in a mail', () => {
  const en = { subject: 'A {name}', paragraphs: ['Hello {name}'] };

  it.each([
    [
      { 'a-mail': { de: en } },
      'a-mail has no English text; add a-mail.en, which is sent to recipients of all other languages',
    ],
    [{ 'reset-password': { en } }, "reset-password is a name of Gatehouse's; choose another one"],
    [{ pages: { en } }, "pages is a name of Gatehouse's; choose another one"],
    [{ aMail: { en } }, 'aMail must be a name of lower-case words with hyphens, such as project-invitation'],
    [{ 'a-mail': { en, de: { ...en, paragraphs: ['Hallo'] } } }, 'a-mail.de.paragraphs must contain {name}'],
    [
      { 'a-mail': { en, de: { subject: '{who}', paragraphs: ['Hallo {name}'] } } },
      'a-mail.de.subject: {who} is not a placeholder of this text; the placeholders are: {name}, {service}',
    ],
    [{ 'a-mail': { en, de: { paragraphs: ['{name}'] } } }, 'a-mail.de lacks subject'],
    [
      { 'a-mail': { en, german: en } },
      'a-mail.german must be named after a canonical language tag (BCP 47), such as pt-BR',
    ],
    [
      { 'a-mail': { en: { ...en, link: 'Open' } } },
      'a-mail.en.paragraphs must contain {link} once, as a paragraph of its own',
    ],
    [
      { 'a-mail': { en: { ...en, html: '<b>' } } },
      'a-mail.en.html is unknown; the parts of this message are: subject, paragraphs',
    ],
  ])('%j is named with its place', (broken, problem) => {
    expect(problemsOf(broken)).toContain(problem);
  });
});
