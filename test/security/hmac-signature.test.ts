import { createHmac } from 'node:crypto';

import { isHmacSignature } from '../../src/security/hmac-signature.js';

const [secret, message] = ['a-secret-of-a-webhook', Buffer.from('{"paymentId":"p-1"}')];
const digest = createHmac('sha256', secret).update(message).digest();

describe('an HMAC signature', () => {
  it('is that of the message under the secret, in hexadecimal or base64', () => {
    expect(isHmacSignature(digest.toString('hex'), { secret, message })).toBe(true);
    expect(isHmacSignature(digest.toString('base64'), { secret, message, encoding: 'base64' })).toBe(true);
  });

  it('is of no other message and under no other secret', () => {
    expect(isHmacSignature(digest.toString('hex'), { secret, message: `${message.toString()} ` })).toBe(false);
    expect(isHmacSignature(digest.toString('hex'), { secret: 'another-secret', message })).toBe(false);
  });

  it.each(['', 'undefined', digest.toString('hex').slice(2), `sha256=${digest.toString('hex')}`, 'é'.repeat(64)])(
    'is not %j',
    (signature) => {
      expect(isHmacSignature(signature, { secret, message })).toBe(false);
    },
  );

  it('is never valid without a secret', () => {
    for (const none of ['', undefined]) {
      const signature = createHmac('sha256', '').update(message).digest('hex');
      expect(isHmacSignature(signature, { secret: none, message })).toBe(false);
    }
  });
});
