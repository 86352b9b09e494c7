import { randomBytes } from 'node:crypto';

import { createSecretBox } from '../../src/security/secret-box.js';
import { openPayload, payloadContext, sealPayload } from '../../src/security/sealed-payload.js';

const box = createSecretBox([{ id: 'test', key: randomBytes(32) }]);
const place = { topic: 'mail', id: '00000000-0000-7000-8000-000000000001' };

describe('the payload of an outbox row', () => {
  it('opens in its own row, and reveals nothing while it is sealed', () => {
    const payload = sealPayload(box, place, { to: 'ada@example.com' });
    expect(JSON.stringify(payload)).not.toContain('ada');
    expect(openPayload(box, place, payload)).toEqual({ to: 'ada@example.com' });
  });

  it.each([
    ['another row', { ...place, id: '00000000-0000-7000-8000-000000000002' }],
    ['another topic', { ...place, topic: 'mail-request' }],
  ])('does not open in %s', (_what, other) => {
    const payload = sealPayload(box, place, { to: 'ada@example.com' });
    expect(() => openPayload(box, other, payload)).toThrow('altered or moved');
  });

  it.each([null, 'text', {}, { sealed: 5 }])('is refused when it is %j', (payload) => {
    expect(() => openPayload(box, place, payload)).toThrow('a queue entry without a sealed payload');
  });

  it('has a context of its own among the sealed texts', () => {
    expect(payloadContext(place)).toEqual(['outbox', 'mail', place.id]);
  });
});
