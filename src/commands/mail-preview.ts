import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Command } from 'commander';

import { composeEmailPreviews } from '../auth/mail/email-previews.js';
import { loadConfig, type Config } from '../config/config.js';
import { printLine, textOrAbsent } from './command.js';

export const registerMailCommands = (program: Command): void => {
  program
    .command('mail')
    .description('Preview the texts of emails.')
    .command('preview')
    .description('Write every email in every language to files, as plain text and as HTML, with sample values.')
    .option('--out <folder>', 'the folder to write to (default: mail-preview in DATA_DIR)')
    .action(async ({ out }: { out?: string }) => {
      const { application } = await import('../server/application.js');
      const { files, folder, notices } = await previewMail(loadConfig(), application.mails, textOrAbsent(out));
      for (const notice of notices) printLine(notice);
      printLine(`Wrote ${files} files to ${folder}.`);
    });
};

interface WrittenPreviews {
  readonly files: number;
  readonly folder: string;
  readonly notices: readonly string[];
}

/** Writes each message in each language as `<language>/<message>.txt` and `.html`, as it would be sent. */
const previewMail = async (
  config: Pick<Config, 'dataDir'> & Parameters<typeof composeEmailPreviews>[0],
  mails: Parameters<typeof composeEmailPreviews>[1],
  out: string | undefined,
): Promise<WrittenPreviews> => {
  const folder = out === undefined ? join(config.dataDir, 'mail-preview') : resolve(out);
  const { previews, notices } = composeEmailPreviews(config, mails);
  for (const { locale, name, subject, text, html } of previews) {
    await mkdir(join(folder, locale), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, locale, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
    await writeFile(join(folder, locale, `${name}.html`), html);
  }
  return { files: 2 * previews.length, folder, notices };
};
