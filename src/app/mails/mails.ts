import type { Mails, ValuesOfMails } from '../../extend.js';

/**
 * The emails of your application, each in English and in any other language. A placeholder such as `{project}` is one of the values
 * with which the mail is sent; `{service}` is the name of your product. A mail with a link has the label of its button under
 * `link`, and `{link}` as a paragraph of its own. Texts are plain; HTML is generated from them. For example:
 *
 *     export const mails = {
 *       'project-invitation': {
 *         en: {
 *           subject: 'Invitation to {project}',
 *           paragraphs: ['You have been invited to the project {project} at {service}.', '{link}'],
 *           link: 'Open the project',
 *         },
 *         de: {
 *           subject: 'Einladung zu {project}',
 *           paragraphs: ['Du bist bei {service} zum Projekt {project} eingeladen.', '{link}'],
 *           link: 'Projekt öffnen',
 *         },
 *       },
 *     } as const satisfies Mails;
 *
 * In a transaction, `tx.mail.send({ userId }, 'project-invitation', { project: 'Apollo', link: '/projects/1' })` sends it. The link
 * is a path, which is appended to APP_URL.
 */
export const mails = {} as const satisfies Mails;

declare module '../../extend.js' {
  interface MailValues extends ValuesOfMails<typeof mails> {}
}
