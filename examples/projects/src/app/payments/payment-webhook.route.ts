import { isHmacSignature, publicRule, type Route } from '../../extend.js';
import { readPaymentEvent } from './payment-event.js';

/**
 * Receives the messages of the payment service. It only stores them: the service waits for the response and repeats a message
 * that takes too long, so the work is a job. A repeated message is recognized by its id, in the transaction that queues the job.
 */
export const paymentWebhookRoute: Route = {
  method: 'POST',
  url: '/app/webhooks/payments',
  rule: publicRule('Signed by the payment service.'),
  bodyLimit: 64 * 1024,
  async handler({ headers, body }, { config, db }) {
    const signature = String(headers['x-payments-signature']);
    if (!isHmacSignature(signature, { secret: config.paymentsWebhookSecret, message: body })) return { status: 403 };
    const event = readPaymentEvent(body);
    if (!event) return { status: 400 };
    const { id, ...change } = event;
    await db.$transaction(async (tx) => {
      const { count } = await tx.paymentEvent.createMany({ data: [{ id }], skipDuplicates: true });
      if (count > 0) await tx.enqueue('change-plan', change);
    });
    return { status: 204 };
  },
};
