import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { bearer, PASSWORD, startApp, type TestApp, type TestUser } from '../../support/app.js';
import {
  AuthConfigDocument,
  ChangePasswordDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

const LEAKED = 'Manchester2024!';
const KNOWN_TO_THE_SERVICE = 'quarrelsome badger orchid';
const digest = createHash('sha1').update(KNOWN_TO_THE_SERVICE).digest('hex').toUpperCase();

const service = createServer((_request, response) => response.end(`${digest.slice(5)}:3\r\n${'0'.repeat(35)}:0`));
const weak = { __typename: 'WeakPasswordError', reasons: ['LEAKED'] };

let app: TestApp;
let user: TestUser;

beforeAll(async () => {
  await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
  const { port } = service.address() as AddressInfo;
  app = await startApp({ LEAKED_PASSWORDS_URL: `http://127.0.0.1:${port}/range/`, LEAKED_PASSWORDS_FAIL: 'closed' });
  user = await app.createUser();
});

afterAll(() => app.close());

const signUp = (email: string, password: string) => app.send(SignUpDocument, { input: { email, password } });

describe('a password that has leaked', () => {
  it('is part of the published password policy', async () => {
    const { data } = await app.send(AuthConfigDocument, {});
    expect(data?.authConfig.passwordPolicy).toEqual({ minLength: 15, maxLength: 256, leakedPasswordsRefused: true });
  });

  it.each([LEAKED, KNOWN_TO_THE_SERVICE])('is refused wherever a password is chosen: %s', async (password) => {
    const { data: signedUp } = await signUp('grace@example.com', password);
    expect(signedUp?.signUp).toMatchObject(weak);

    await signUp('grace@example.com', PASSWORD);
    const token = tokenIn(await app.mailbox.waitForLink('grace@example.com'));
    const { data: verified } = await app.send(VerifyEmailDocument, { input: { token, newPassword: password } });
    expect(verified?.verifyEmail).toMatchObject(weak);

    const { tokens } = await app.newcomer();
    const change = { input: { currentPassword: PASSWORD, newPassword: password } };
    const { data: changed } = await app.send(ChangePasswordDocument, change, bearer(tokens.accessToken));
    expect(changed?.changePassword).toMatchObject(weak);

    const account = { email: 'alan@example.com', password, name: null, roles: [], verified: true };
    expect(await app.gatehouse.auth.users.create(account, { kind: 'system' })).toEqual({
      failure: 'WEAK_PASSWORD',
      reasons: ['LEAKED'],
    });
  });

  it('is rejected in the same way for an address with and without an account', async () => {
    const [known, unknown] = [await signUp(user.email, LEAKED), await signUp('nobody@example.com', LEAKED)];
    expect(known.text).toBe(unknown.text);
  });

  it('is not checked at login, which an unavailable service does not stop', async () => {
    service.closeAllConnections();
    await new Promise((closed) => service.close(closed));
    await app.login(user);
  });

  it('stops a sign-up if the required service is unavailable, in the same way for every address, without mentioning the service', async () => {
    const [known, unknown] = [await signUp(user.email, PASSWORD), await signUp('nobody@example.com', PASSWORD)];
    expect(known.text).toBe(unknown.text);
    expect({ status: known.status, code: known.errors[0]?.extensions.code }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(known.headers.get('retry-after')).toBe('5');
    const log = app.log.join();
    expect(log).toContain(
      'the service at LEAKED_PASSWORDS_URL failed: the request was rejected with SERVICE_UNAVAILABLE',
    );
    const prefix = createHash('sha1').update(PASSWORD).digest('hex').slice(0, 5);
    expect(log).not.toMatch(new RegExp(`${PASSWORD}|range/${prefix}`, 'i'));
  });
});
