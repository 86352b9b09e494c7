import type { Jobs } from '../extend.js';

/**
 * The payload of each job, by its name. For example:
 *
 *     interface JobPayloads {
 *       'settle-payment': { paymentId: string };
 *       'remove-drafts': null;
 *     }
 */
declare module '../extend.js' {
  interface JobPayloads {}
}

/**
 * Work that is done after a response. `tx.enqueue('settle-payment', { paymentId })` queues a job in the transaction that causes it;
 * it is then run at least once, and again with increasing delays for about a day while it fails. A job without a payload can be
 * periodic. An attempt that takes longer than 30 seconds has failed. For example:
 *
 *     export const jobs: Jobs = {
 *       'settle-payment': {
 *         async run({ paymentId }, { db, mail, config, signal }) {
 *           const response = await fetch(`${config.paymentsUrl}/payments/${paymentId}`, { signal });
 *           if (!response.ok) throw new Error(`The payment service returned ${response.status}.`);
 *           …
 *         },
 *       },
 *       'remove-drafts': {
 *         everySeconds: 3600,
 *         async run(_payload, { db }) {
 *           await db.$transaction((tx) => tx.draft.deleteMany({ … }));
 *         },
 *       },
 *     };
 */
export const jobs: Jobs = {};
