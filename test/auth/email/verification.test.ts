import { generateOneTimeToken } from '../../../src/security/tokens/one-time-token.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { createLink } from '../../support/links.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore({ MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '2' }, undefined, false);
});

afterAll(() => core.close());

const ID = '01900000-0000-7000-8000-000000000001';
const INVALID = { failure: 'INVALID_TOKEN' };

const verify = (token: string) =>
  core.auth.emailVerification.verify({ token, receipt: null, newPassword: 'an entirely different one' }, client);

const requests = () => core.database.query(`SELECT FROM auth_queue_entry WHERE topic = 'mail-request'`);

describe('emailVerification.verify', () => {
  it('returns INVALID_TOKEN for a malformed or unknown token', async () => {
    expect(await verify('not a token')).toEqual(INVALID);
    expect(await verify(generateOneTimeToken(ID).token)).toEqual(INVALID);
  });

  it('returns INVALID_TOKEN for a token with another purpose', async () => {
    const { id, email } = await core.createUser('reset@example.com', false);
    expect(
      await verify(await createLink(core, { purpose: 'RESET_PASSWORD', emailCanonical: email, userId: id })),
    ).toEqual(INVALID);
    expect(await core.store.users.find(id)).toMatchObject({ emailVerifiedAt: null });
  });
});

describe('emailVerification.resend', () => {
  it('queues one request for each address, known or not', async () => {
    await core.createUser('known@example.com', false);
    const elsewhere = { ...client, ranges: { narrow: '198.51.100.7', wide: '198.51.100.0/24' } };
    await core.auth.emailVerification.resend('known@example.com', elsewhere);
    await core.auth.emailVerification.resend('unknown@example.com', elsewhere);
    expect(await requests()).toHaveLength(2);
  });

  it('returns INVALID_EMAIL for a text that is not an address, and counts and queues nothing', async () => {
    const before = (await requests()).length;
    for (let attempt = 1; attempt <= 3; attempt += 1)
      expect(await core.auth.emailVerification.resend('not an address', client)).toEqual({ failure: 'INVALID_EMAIL' });
    expect(await requests()).toHaveLength(before);
  });

  it('returns RATE_LIMITED with the seconds to wait when the network asks too often', async () => {
    const resend = () => core.auth.emailVerification.resend('limited@example.com', client);
    await resend();
    await resend();
    const before = (await requests()).length;
    expect(await resend()).toMatchObject({ failure: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) as number });
    expect(await requests()).toHaveLength(before);
  });
});
