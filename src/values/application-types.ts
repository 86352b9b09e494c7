/**
 * What the modules of src/app add to the types of Gatehouse. Each of these interfaces is empty here: a module of src/app declares
 * its members next to the values that they describe, with `declare module '../extend.js' { … }`. So a misspelled job, mail or
 * variable does not compile, and Gatehouse imports no type of the application.
 */

/** The payload of each job of src/app/jobs.ts, by its name. */
export interface JobPayloads {}

/** The values of each mail of src/app/mails/mails.ts, by its name. */
export interface MailValues {}

/** The values of the variables of src/app/config.ts. */
export interface ApplicationConfig {}

/** The name of a job of the application. */
export type JobName = keyof JobPayloads;

/** The name of a mail of the application. */
export type MailName = keyof MailValues;
