import type { Route } from '../extend.js';

/**
 * HTTP routes of your application, for requests that are not GraphQL, such as the webhook of another service. Each is below `/app/` and states
 * its rule: `publicRule(reason)` or `authorizedRule(…roles)`. The caller is the one of the Authorization header; cookies are not
 * read. An error is answered in the format of docs/errors.md, and one that is not expected is logged and masked. For example:
 *
 *     import { isHmacSignature, publicRule, type Route } from '../extend.js';
 *
 *     export const routes: readonly Route[] = [
 *       {
 *         method: 'POST',
 *         url: '/app/webhooks/payments',
 *         rule: publicRule('Signed by the payment service.'),
 *         async handler({ headers, body }, { config, db }) {
 *           const signature = String(headers['x-signature']);
 *           if (!isHmacSignature(signature, { secret: config.paymentsWebhookSecret, message: body })) return { status: 403 };
 *           const { paymentId } = JSON.parse(body.toString());
 *           await db.$transaction((tx) => tx.enqueue('settle-payment', { paymentId }));
 *           return { status: 204 };
 *         },
 *       },
 *     ];
 */
export const routes: readonly Route[] = [];
