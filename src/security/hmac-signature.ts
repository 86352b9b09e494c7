import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a signature is the HMAC-SHA-256 of a message under a secret, as most services sign their webhooks. Compares in constant
 * time, and never throws for a signature that is malformed.
 *
 * @param signature in hexadecimal or base64, without a prefix such as `sha256=`
 */
export const isHmacSignature = (
  signature: string,
  { secret, message, encoding = 'hex' }: HmacMessage & { readonly encoding?: 'hex' | 'base64' },
): boolean => {
  if (secret === undefined || secret.length === 0) return false;
  const expected = createHmac('sha256', secret).update(message).digest();
  const given = Buffer.from(signature, encoding);
  return given.length === expected.length && timingSafeEqual(given, expected);
};

interface HmacMessage {
  /** Without one, no signature is valid. */
  readonly secret: string | Uint8Array | undefined;
  readonly message: string | Uint8Array;
}
