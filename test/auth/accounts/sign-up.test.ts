import { generateOneTimeToken, generateReceipt } from '../../../src/security/tokens/one-time-token.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import { StoreConflict, StoreUnavailable } from '../../../src/store/errors.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';
import { tokenIn } from '../../support/mailbox.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(async () => {
  await core.close();
});

const unavailable = () => Promise.reject(new StoreUnavailable('no connection'));
const collides = () => Promise.reject(new StoreConflict('user_email_canonical_key', undefined));

const signUp = async (email: string) => {
  const answer = await core.auth.signUp({ email, password: PASSWORD, name: null, locale: null }, client);
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.receipt;
};

const pending = async (email: string) => {
  const receipt = await signUp(email);
  const token = tokenIn(await core.mailbox.waitForLink(email));
  return () => core.auth.emailVerification.verify({ token, receipt, newPassword: null }, client);
};

describe('a sign-up', () => {
  it('is accepted when a concurrent sign-up for the address has created the account', async () => {
    core.interrupt(collides);
    expect(await signUp('collided@example.com')).toMatch(/^[\w-]{43}$/);
  });

  it('is not accepted while the database is unavailable', async () => {
    core.interrupt(unavailable);
    await expect(signUp('unavailable@example.com')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await core.mailbox.to('unavailable@example.com')).toEqual([]);
  });
});

describe('a verification', () => {
  it('fails when another sign-up for the address was verified concurrently', async () => {
    const verify = await pending('raced@example.com');
    core.interrupt(collides);
    expect(await verify()).toEqual({ failure: 'INVALID_TOKEN' });
  });

  it('creates no account when sign-up has been closed in the meantime', async () => {
    const closed = await startCore({ SIGN_UP: 'closed' });
    const address = { email: 'belated@example.com', emailCanonical: 'belated@example.com' };
    const [signUpId, tokenId] = [uuidv7(new Date()), uuidv7(new Date())];
    const { receipt, digest: receiptDigest } = generateReceipt();
    const { token, digest } = generateOneTimeToken(tokenId);
    const person = { name: null, locale: null, userId: null, passwordHash: 'none' };
    await closed.store.signUps.create({ id: signUpId, ...address, ...person, receiptDigest });
    const purpose = { purpose: 'VERIFY_EMAIL', signUpId, userId: null, ttlSeconds: 60 } as const;
    await closed.store.oneTimeTokens.create({
      id: tokenId,
      ...purpose,
      emailCanonical: address.emailCanonical,
      digest,
    });
    const verified = await closed.auth.emailVerification.verify({ token, receipt, newPassword: null }, client);
    await closed.close();
    expect(verified).toEqual({ failure: 'INVALID_TOKEN' });
  });

  it('does not restore a password that was changed concurrently', async () => {
    const open = await startCore({ REQUIRE_VERIFIED_EMAIL: 'false' });
    const [email, newPassword] = ['hasty@example.com', 'an entirely different one'];
    const answer = await open.auth.signUp({ email, password: PASSWORD, name: null, locale: null }, client);
    const begun = await open.auth.login.withPassword({ email, password: PASSWORD }, client, noProof);
    if ('failure' in answer || 'failure' in begun) throw new Error('there is no account');
    const token = tokenIn(await open.mailbox.waitForLink(email));
    const caller = { kind: 'user', userId: begun.user.id, sessionId: begun.session.id, roles: [] } as const;
    open.interrupt(() => open.auth.passwords.change(caller, { currentPassword: PASSWORD, newPassword }, client, null));
    const verification = { token, receipt: answer.receipt, newPassword: null };
    expect(await open.auth.emailVerification.verify(verification, client)).toEqual({ failure: 'INVALID_TOKEN' });
    expect(await open.auth.login.withPassword({ email, password: newPassword }, client, noProof)).toHaveProperty(
      'accessToken',
    );
    await open.close();
  });

  it('fails when an administrator has created and verified the account in the meantime, whose password stays', async () => {
    const verify = await pending('made-meanwhile@example.com');
    const user = await core.createUser('made-meanwhile@example.com');
    const before = await core.store.passwordCredentials.find(user.id);
    expect(await verify()).toEqual({ failure: 'INVALID_TOKEN' });
    expect(await core.store.passwordCredentials.find(user.id)).toEqual(before);
  });

  it('consumes its token only when it succeeds: it works after an outage', async () => {
    const verify = await pending('patient@example.com');
    core.interrupt(unavailable);
    await expect(verify()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await verify()).toEqual({ email: 'patient@example.com', deviceToken: expect.any(String) as unknown });
  });
});
