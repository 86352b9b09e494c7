import { formats, type ConfigOf, type Variables } from '../extend.js';

export const variables = {
  PAYMENTS_WEBHOOK_SECRET: {
    format: formats.secret,
    isSecret: true,
    requiredInProduction: true,
    reason: 'The secret with which the payment service signs its webhooks.',
  },
  PAYMENTS_URL: {
    format: formats.httpUrl,
    reason: 'The API of the payment service, which is told that a user was erased. Without it, no service is told.',
  },
  PROJECTS_PER_USER: {
    format: formats.wholeNumber(1, 1_000),
    default: '3',
    reason: 'The number of projects that a user of the plan FREE can own.',
  },
} as const satisfies Variables;

declare module '../extend.js' {
  interface ApplicationConfig extends ConfigOf<typeof variables> {}
}
