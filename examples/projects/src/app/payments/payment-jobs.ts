import type { JobContext } from '../../extend.js';
import type { PaymentEvent } from './payment-event.js';

/** Changes the plan of a user, unless a newer message has: they can arrive and run in any order. */
export const changePlan = async (
  { userId, plan, asOf }: Omit<PaymentEvent, 'id'>,
  { db }: JobContext,
): Promise<void> => {
  await db.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: userId, OR: [{ planAsOf: null }, { planAsOf: { lt: asOf } }] },
      data: { plan, planAsOf: asOf },
    });
    if (count > 0) await tx.mail.send({ userId }, 'plan-changed', { plan });
  });
};

/** Tells the payment service that a user was erased. It may be told twice: the second time it answers 404. */
export const closeCustomer = async (
  { userId }: { readonly userId: string },
  { config, signal }: JobContext,
): Promise<void> => {
  if (config.paymentsUrl === undefined) return;
  const { ok, status } = await fetch(`${config.paymentsUrl}/customers/${userId}`, { method: 'DELETE', signal });
  if (!ok && status !== 404) throw new Error(`The payment service returned ${status}.`);
};
