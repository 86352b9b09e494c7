import { isUuid } from '../../extend.js';
import type { Plan } from './plan.js';

/** What the payment service reports: the plan that a user has since a time. */
export interface PaymentEvent {
  readonly id: string;
  readonly userId: string;
  readonly plan: Plan;
  /** RFC 3339. */
  readonly asOf: string;
}

/** Reads the body of a webhook; undefined if it is malformed. The signature proves its sender, not its form. */
export const readPaymentEvent = (body: Buffer): PaymentEvent | undefined => {
  const { id, userId, plan, asOf } = jsonObjectOf(body.toString());
  if (typeof id !== 'string' || id === '' || id.length > 100) return undefined;
  if (typeof userId !== 'string' || !isUuid(userId)) return undefined;
  if (typeof asOf !== 'string' || Number.isNaN(Date.parse(asOf))) return undefined;
  return plan === 'FREE' || plan === 'PRO' ? { id, userId, plan, asOf: new Date(asOf).toISOString() } : undefined;
};

const jsonObjectOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};
