import type { ConfigOf, Variables } from '../extend.js';

/**
 * The environment variables of your application, besides those of docs/configuration.md. They are read like those: also from
 * NAME_FILE and, in development, from .env. A server does not start with an invalid one. `context.config` has their values
 * under their names in camel case. For example:
 *
 *     import { formats, type ConfigOf, type Variables } from '../extend.js';
 *
 *     export const variables = {
 *       PAYMENTS_WEBHOOK_SECRET: {
 *         format: formats.secret,
 *         isSecret: true,
 *         requiredInProduction: true,
 *         reason: 'The secret with which the payment service signs its webhooks.',
 *       },
 *       PROJECTS_PER_USER: {
 *         format: formats.wholeNumber(1, 1_000),
 *         default: '20',
 *         reason: 'The number of projects that a user can have.',
 *       },
 *     } as const satisfies Variables;
 *
 * `context.config.projectsPerUser` is then a number, and `context.config.paymentsWebhookSecret` a string, or undefined where it is
 * not set.
 */
export const variables = {} as const satisfies Variables;

declare module '../extend.js' {
  interface ApplicationConfig extends ConfigOf<typeof variables> {}
}
