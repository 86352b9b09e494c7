import type { Mails, ValuesOfMails } from '../../extend.js';

export const mails = {
  'task-overdue': {
    en: {
      subject: 'Overdue: {task}',
      paragraphs: ['The task {task} of the project {project} was due on {due}.', '{link}'],
      link: 'Open the task',
    },
    de: {
      subject: 'Überfällig: {task}',
      paragraphs: ['Die Aufgabe {task} des Projekts {project} war am {due} fällig.', '{link}'],
      link: 'Aufgabe öffnen',
    },
  },
  'plan-changed': {
    en: { subject: 'Your plan is {plan}', paragraphs: ['Your plan at {service} is now {plan}.'] },
    de: { subject: 'Dein Tarif ist {plan}', paragraphs: ['Dein Tarif bei {service} ist jetzt {plan}.'] },
  },
} as const satisfies Mails;

declare module '../../extend.js' {
  interface MailValues extends ValuesOfMails<typeof mails> {}
}
